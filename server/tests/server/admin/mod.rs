//! Setting a server up and looking after it, over HTTP.

mod attacks;
mod divisions;
mod office;
mod people;
mod setup;
mod things;
