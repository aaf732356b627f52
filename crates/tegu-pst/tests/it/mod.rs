mod damage;
mod described;
mod export;
mod items;
mod layers;
mod mail;
mod series;
mod witnesses;
