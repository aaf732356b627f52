mod corpus;
mod hostile;
mod judges;
mod oracle;
mod servers;
