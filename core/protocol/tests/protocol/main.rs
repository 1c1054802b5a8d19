//! What the crate promises to phones and servers of other versions: bytes that never change, and the refusal of every
//! other spelling. One binary, one file per promise; fixed keys and values are in `sample`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod body;
mod envelope;
mod frame;
mod golden;
mod item;
mod key;
mod merkle;
mod permit;
mod problem;
mod property;
mod sample;
mod sign1;
mod spelling;
mod strategy;
