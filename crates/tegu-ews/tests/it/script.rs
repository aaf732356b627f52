//! A server that answers as a test tells it to: for what goes wrong on the wire.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: String,
    /// Which connection it came over.
    pub(crate) connection: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The name of the operation.
    pub(crate) fn operation(&self) -> &str {
        let at = self.body.find("<s:Body><m:").map(|at| at + "<s:Body><m:".len());
        let name = at.and_then(|at| self.body.get(at..)).unwrap_or_default();
        name.split([' ', '>', '/']).next().unwrap_or_default()
    }
}

pub(crate) struct Reply {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
    /// Close the connection after so many octets of the body.
    cut: Option<usize>,
    /// Then go on for ever, an octet now and then.
    trickle: bool,
}

impl Reply {
    pub(crate) fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: "Content-Type: text/xml; charset=utf-8\r\n".to_owned(),
            body: body.into(),
            cut: None,
            trickle: false,
        }
    }

    /// A successful answer with these response messages.
    pub(crate) fn answer(operation: &str, messages: &str) -> Self {
        Self::new(
            "200 OK",
            envelope(&format!(
                "<m:{operation}Response><m:ResponseMessages>{messages}</m:ResponseMessages></m:{operation}Response>"
            )),
        )
    }

    pub(crate) fn fault(code: &str, more: &str) -> Self {
        let body = format!(
            "<s:Fault><faultcode>a:{code}</faultcode><faultstring>no</faultstring><detail><e:ResponseCode>{code}</e:ResponseCode>{more}</detail></s:Fault>"
        );
        Self::new("500 Internal Server Error", envelope(&body))
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    pub(crate) fn html(status: &'static str) -> Self {
        let mut reply = Self::new(status, "<html><form>Outlook</form></html>");
        reply.headers = "Content-Type: text/html\r\n".to_owned();
        reply
    }

    pub(crate) fn trickle(mut self) -> Self {
        self.trickle = true;
        self
    }

    pub(crate) fn cut(mut self, after: usize) -> Self {
        self.cut = Some(after);
        self
    }
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h:ServerVersionInfo MajorVersion=\"15\" \
         MinorVersion=\"1\" MajorBuildNumber=\"2507\" MinorBuildNumber=\"6\" Version=\"V2017_07_11\" xmlns:h=\"t\"/></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// The server. It ends when it is dropped.
pub(crate) struct Script {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Script {
    pub(crate) async fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/EWS/Exchange.asmx", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (all, reply) = (Arc::clone(&seen), Arc::new(reply));
        let task = tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connections += 1;
                tokio::spawn(serve(stream, connections, Arc::clone(&reply), Arc::clone(&all)));
            }
        });
        Self { url, seen, task }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    reply: Arc<impl Fn(&Seen) -> Reply>,
    all: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let mut seen = Seen {
            head,
            body: String::new(),
            connection,
        };
        let length: usize = seen
            .header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        while buffer.len() < end + length {
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        }
        seen.body = String::from_utf8_lossy(&buffer[end..end + length]).into_owned();
        buffer.drain(..end + length);
        let reply = reply(&seen);
        all.lock().unwrap().push(seen);
        let head = format!(
            "HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n",
            reply.status,
            reply.headers,
            reply.body.len() + if reply.trickle { 1 << 20 } else { 0 }
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream
            .write_all(&reply.body[..reply.cut.unwrap_or(reply.body.len())])
            .await
            .ok()?;
        if reply.trickle {
            loop {
                stream.write_all(b" ").await.ok()?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        reply.cut.is_none().then_some(())?;
    }
}
