//! What the crate promises to phones and servers of other versions: bytes that never change, and the refusal of every
//! other spelling. One binary, one file per promise; fixed keys and values are in `sample`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod base43;
mod body;
mod cases;
mod corpus;
mod envelope;
mod foreign;
mod frame;
mod golden;
mod handover;
mod invite;
mod item;
mod journal;
mod key;
mod log;
mod merkle;
mod permit;
mod present;
mod problem;
mod property;
mod sample;
mod seal;
mod sign1;
mod spelling;
mod strategy;
