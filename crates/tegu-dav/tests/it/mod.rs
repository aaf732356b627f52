mod corpus;
mod oracle;
mod servers;
