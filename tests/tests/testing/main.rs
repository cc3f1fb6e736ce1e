//! The module `testing`: every fault of a group, tried in one test.

mod planted;
mod shapes;
mod single;
