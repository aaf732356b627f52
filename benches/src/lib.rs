//! The inputs and kernels that both kinds of benchmark share, so that they measure the same work.
//!
//! Inputs are made, not stored: the same call gives the same bytes on every machine.

pub mod directory;
pub mod input;
pub mod kernel;
