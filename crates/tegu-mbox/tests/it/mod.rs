mod agree;
mod append;
mod round_trip;
mod separators;
