mod agree;
mod append;
mod compressed;
mod locks;
mod round_trip;
mod separators;
