//! Every page of the office with long names and large teams.
