//! Held work and late registrations, decided on the page.
