mod agree;
mod append;
mod compressed;
mod locks;
mod pst;
mod round_trip;
mod separators;
mod tool;
