mod layers;
mod witnesses;
