mod corpus;
mod hostile;
mod oracle;
mod servers;
