//! Headless Chromium, driven through its DevTools protocol over two pipes.

use serde_json::{Value, json};
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A page in headless Chromium. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: String,
    next: u64,
    /// Dialogs that a page opened: `alert` and the like.
    pub dialogs: usize,
    _scratch: tempfile::TempDir,
}

impl Browser {
    /// Opens a page from disk.
    pub fn open(page: &Path) -> Self {
        Self::visit(&format!("file://{}", page.display()))
    }

    /// Opens a page by its URL.
    pub fn visit(url: &str) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let [into, out] = ["in", "out"].map(|name| scratch.path().join(name));
        assert!(
            Command::new("mkfifo")
                .arg(&into)
                .arg(&out)
                .status()
                .unwrap()
                .success()
        );
        let profile = format!("--user-data-dir={}", scratch.path().join("profile").display());
        // The shell gives Chromium the pipes as the numbers that it expects.
        let child = Command::new("sh")
            .args(["-c", "exec chromium --headless --no-sandbox --disable-gpu --remote-debugging-pipe --no-first-run --disable-dev-shm-usage \"$3\" about:blank 3<\"$1\" 4>\"$2\"", "sh"])
            .args([&into, &out])
            .arg(profile)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(&into).unwrap();
        let from = BufReader::new(File::open(&out).unwrap());
        let mut browser = Self {
            child,
            to,
            from,
            session: String::new(),
            next: 0,
            dialogs: 0,
            _scratch: scratch,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        browser.call("Page.enable", json!({}));
        browser.call("Page.navigate", json!({ "url": url }));
        browser.wait("document.readyState === 'complete'");
        browser
    }

    /// The value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, expression: &str) {
        for _ in 0..200 {
            if self.eval(expression) == json!(true) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("never true: {expression}");
    }

    /// Calls a method of the DevTools protocol.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = Vec::new();
            self.from.read_until(0, &mut answer).unwrap();
            assert!(
                !answer.is_empty(),
                "Chromium ended: is it installed (Debian package chromium)?"
            );
            answer.pop();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            if answer["method"] == "Page.javascriptDialogOpening" {
                self.dialogs += 1;
            }
            if answer["id"] == json!(self.next) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
