//! Choosing between different answers on the page: what it makes, who may, when not, and who cannot forge it.

mod choosing;
mod forged;
mod refused;
mod scene;
