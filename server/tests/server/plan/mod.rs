//! The annual plan over HTTP, as planners, approvers and phones meet it.

mod approving;
mod bases;
mod drafting;
mod merging;
mod office;
mod parting;
mod rules;
mod scope;
