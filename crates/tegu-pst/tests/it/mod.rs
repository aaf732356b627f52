mod damage;
mod export;
mod items;
mod layers;
mod mail;
mod witnesses;
