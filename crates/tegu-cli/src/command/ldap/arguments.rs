//! The arguments of `tegu ldap plan`, and of a server.

use std::path::PathBuf;

/// A server, and who signs in.
#[derive(clap::Args)]
pub(super) struct Server {
    /// A server: ldap[s]://HOST[:PORT]
    #[arg(long, requires = "who")]
    pub(super) url: Option<String>,
    /// Use no TLS
    #[arg(long)]
    pub(super) plain: bool,
    /// The authority that issued the server's certificate, as PEM
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Who signs in
    #[arg(long, value_name = "DN", group = "who")]
    pub(super) bind_dn: Option<String>,
    /// Sign in with a Kerberos ticket for ldap/HOST, where the program was built for it (feature `gssapi`)
    #[arg(long, value_name = "HOST", group = "who")]
    pub(super) ticket: Option<String>,
}

#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("directory").required(true).args(["ldif", "export", "url"]),
    mut_arg("url", |url| url.requires("base"))
)]
pub(crate) struct Arguments {
    /// An LDIF file, as ldifde writes it
    #[arg(long, value_name = "FILE")]
    pub(super) ldif: Option<PathBuf>,
    /// Tables of csvde and of Exchange's shell (.csv, .json) that belong together
    #[arg(long, value_name = "FILE,...", value_delimiter = ',')]
    pub(super) export: Vec<PathBuf>,
    /// The text encoding of the files, such as windows-1251; Unicode without it
    #[arg(long, value_name = "NAME")]
    pub(super) encoding: Option<String>,
    #[command(flatten)]
    pub(super) server: Server,
    /// Where the search begins
    #[arg(long, value_name = "DN")]
    pub(super) base: Option<String>,
    /// The kind of server that the plan is for: a name that is built in, or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) profile: String,
    /// The domains that the organisation receives mail for
    #[arg(long, value_name = "DOMAIN,...", value_delimiter = ',', required = true)]
    pub(super) domains: Vec<String>,
    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
}
