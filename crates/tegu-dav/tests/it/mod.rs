mod corpus;
mod front;
mod hostile;
mod import;
mod judges;
mod oracle;
mod python;
mod servers;
