//! Public folders: where they are, and what they hold.

use super::{Mailbox, http::Call};
use crate::{
    Error, ErrorKind, Finding, Folder, FolderRef, Inventory, Limits, Problem, Request, Result, Version,
    autodiscover::{Answer as Found, Form, Settings, read},
    request::FolderShape,
    response::{self, Answer, Reaction},
};
use std::collections::{BTreeMap, HashSet, VecDeque};
use tegu_message::Spool;

/// Folders that one request asks about.
const AT_ONCE: usize = 100;
/// Other addresses that Autodiscover may name before it is given up.
const ADDRESSES: usize = 3;

fn root(shape: FolderShape) -> Request {
    let folders = vec![FolderRef::distinguished("publicfoldersroot")];
    Request::GetFolder { folders, shape }
}

impl Mailbox {
    /// Lists the public folders that the mailbox's owner sees, with what each holds. `None` if the organisation has none.
    ///
    /// Exchange 2007 and 2010 answer as for every folder. Since Exchange 2013 the tree lies in one mailbox and the contents of each folder in
    /// another; requests say which by two headers, and Autodiscover on the same host tells their values. Whose contents could not be asked
    /// about is listed with a finding.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask), and [`NotFound`](ErrorKind::NotFound) if Autodiscover there does not know the mailbox.
    pub async fn public_folders(&self) -> Result<Option<Inventory>> {
        if self.ews.server().is_none() {
            // Any answer says which server it is, also one that refuses.
            let _ = self.ask(&root(FolderShape::Facts), response::folders).await;
        }
        let since_2013 = match self.ews.server() {
            Some(server) => server.major >= 15,
            None => self.version() >= Version::Exchange2013,
        };
        if !since_2013 {
            return self.public_tree(FolderShape::Facts).await;
        }
        let settings = self.settings_of(self.address()).await?;
        let Some(hierarchy) = settings.public_folders else {
            return Ok(None);
        };
        let server = settings.server.ok_or_else(|| {
            let why = "Autodiscover names a mailbox of public folders and no server";
            Error::new(ErrorKind::Protocol, why).doing("look for public folders of", self.address())
        })?;
        let tree = self.routed(&hierarchy, &server);
        let Some(mut inventory) = tree.public_tree(FolderShape::Replicas).await? else {
            return Ok(None);
        };
        let domain = hierarchy.rsplit('@').next().unwrap_or_default();
        self.count(&mut inventory, domain).await?;
        Ok(Some(inventory))
    }

    /// The tree, level by level: the server knows no deeper search here.
    async fn public_tree(&self, shape: FolderShape) -> Result<Option<Inventory>> {
        let top = match self
            .ask(&root(shape), response::folders)
            .await
            .and_then(Answer::only)
        {
            Ok(top) => top,
            Err(error) if Problem::reaction_to(&error) == Some(Reaction::Gone) => return Ok(None),
            Err(error) => return Err(error.context("public folders")),
        };
        let most = self.ews.shared.options.limits.folders;
        let mut folders: Vec<Folder> = Vec::new();
        let mut seen = HashSet::from([top.id.clone()]);
        let mut above = VecDeque::from([top.id.clone()]);
        while let Some(parent) = above.pop_front() {
            let children = self.folders_below(&FolderRef::Id(parent), false, shape).await;
            for folder in children.map_err(|error| error.context("public folders"))? {
                if folders.len() >= most {
                    let why = "the public folders exceed the limit `folders`";
                    return Err(Error::new(ErrorKind::Limit, why).doing("list", "public folders"));
                }
                if seen.insert(folder.id.clone()) {
                    if folder.children > 0 {
                        above.push_back(folder.id.clone());
                    }
                    folders.push(folder);
                }
            }
        }
        Ok(Some(Inventory::of(&top.id, folders)))
    }

    /// Asks the mailboxes that hold the contents how many items each folder has.
    async fn count(&self, inventory: &mut Inventory, domain: &str) -> Result<()> {
        let mut replicas: BTreeMap<Option<String>, Vec<&mut Folder>> = BTreeMap::new();
        for place in &mut inventory.folders {
            let folder = &mut place.folder;
            replicas.entry(folder.replica.clone()).or_default().push(folder);
        }
        let mut findings = Vec::new();
        for (replica, mut folders) in replicas {
            let counted = match replica {
                Some(guid) => self.count_in(&format!("{guid}@{domain}"), &mut folders).await,
                None => Err(Error::new(
                    ErrorKind::Protocol,
                    "the server does not say where its contents are",
                )),
            };
            let Err(error) = counted else { continue };
            if !error.concerns_one_object() && Problem::reaction_to(&error).is_none() {
                return Err(error);
            }
            findings.extend(folders.iter().map(|folder| {
                let why = format!(
                    "nobody knows how much the public folder {:?} holds: {error}",
                    folder.name
                );
                Finding::info("EWS-PUBLIC-UNCOUNTED", why)
            }));
        }
        inventory.findings.extend(findings);
        Ok(())
    }

    async fn count_in(&self, replica: &str, folders: &mut [&mut Folder]) -> Result<()> {
        let address = self.settings_of(replica).await?.address;
        let address = address.unwrap_or_else(|| replica.to_owned());
        let contents = self.routed(&address, &address);
        for some in folders.chunks_mut(AT_ONCE) {
            let request = Request::GetFolder {
                folders: some
                    .iter()
                    .map(|folder| FolderRef::Id(folder.id.clone()))
                    .collect(),
                shape: FolderShape::Facts,
            };
            let parts = contents.ask(&request, response::folders).await?.parts;
            for (folder, part) in some.iter_mut().zip(parts) {
                let told = part?;
                (folder.total, folder.size) = (told.total, told.size);
            }
        }
        Ok(())
    }

    /// What Autodiscover on the same host knows about an address. No other host is asked: it would be shown the credentials.
    async fn settings_of(&self, address: &str) -> Result<Settings> {
        let shared = &self.ews.shared;
        let http = shared.http.beside(Form::Pox.path());
        let limits = Limits {
            answer: 1 << 20,
            elements: 10_000,
            ..Limits::default()
        };
        let mut asked = address.to_owned();
        for _ in 0..ADDRESSES {
            let spool = Spool::new(&shared.scratch);
            let call = Call {
                body: Form::Pox.question(&asked, &http.url()).into(),
                anchor: Some(&asked),
                public_folders: None,
                cookies: &std::sync::Mutex::default(),
                spool: &spool,
                limits: &limits,
            };
            let answer = http.call(&call).await;
            let doing = |error: Error| error.doing("ask Autodiscover about", address);
            match read(Form::Pox, &answer.map_err(doing)?.text(), &limits).map_err(doing)? {
                Found::Settings(settings) => return Ok(settings),
                Found::Address(other) => asked = other,
                Found::Url(_) => {
                    let why = "it leads to another server, which is not asked";
                    return Err(doing(Error::new(ErrorKind::NotFound, why)));
                }
                Found::Refused(why) => return Err(doing(Error::new(ErrorKind::NotFound, why))),
            }
        }
        let why = "it leads from one address to another without end";
        Err(Error::new(ErrorKind::NotFound, why).doing("ask Autodiscover about", address))
    }
}
