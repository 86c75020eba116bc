//! A browser under a test's command, by the W3C's WebDriver protocol: what a person could do with mouse and keys, and what
//! they would see.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a page may take to show what a test waits for.
const PATIENCE: Duration = Duration::from_secs(180);

/// A kind of browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Chromium,
    Firefox,
}

/// A browser with one window; closed when dropped.
pub struct Browser {
    driver: Child,
    /// Address of the session.
    session: String,
    agent: ureq::Agent,
    pub kind: Kind,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser of this kind with a window of `width` × `height`; `None`, with a line that says so, where it or its
    /// driver is not installed.
    pub fn start(kind: Kind, width: u32, height: u32) -> Option<Self> {
        let (driver, browser) = match kind {
            Kind::Chromium => (testing::installed(&["chromedriver"])?, testing::chromium()?),
            Kind::Firefox => {
                (testing::installed(&["geckodriver"])?, testing::installed(&["firefox", "firefox-esr"])?)
            }
        };
        let profile = tempfile::tempdir().unwrap();
        std::fs::create_dir(profile.path().join("downloads")).unwrap();
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .env("TMPDIR", profile.path())
            .env("HOME", profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = port_of(&mut driver);
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        let mut browser =
            Self { driver, session: format!("http://127.0.0.1:{port}"), agent: config.into(), kind, profile }
                .open_session(&browser, width, height);
        browser.set_window(width, height);
        Some(browser)
    }

    fn open_session(mut self, browser: &Path, width: u32, height: u32) -> Self {
        let size = format!("--window-size={width},{height}");
        let downloads = self.downloads();
        let options = match self.kind {
            Kind::Chromium => json!({
                "browserName": "chrome",
                "goog:loggingPrefs": { "browser": "ALL" },
                "goog:chromeOptions": { "binary": browser, "prefs": {
                    "download.default_directory": downloads,
                    // Several files from one page, also where each comes long after its click.
                    "profile.default_content_setting_values.automatic_downloads": 1,
                }, "args": [
                    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", size, "--use-gl=angle",
                    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--force-device-scale-factor=1",
                ] },
            }),
            Kind::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": { "binary": browser, "args": ["-headless"], "prefs": {
                    "browser.download.dir": downloads, "browser.download.folderList": 2,
                } },
            }),
        };
        let opened = self.post("/session", json!({ "capabilities": { "alwaysMatch": options } }));
        self.session += &format!("/session/{}", opened["sessionId"].as_str().unwrap());
        self
    }

    /// Makes the page's part of the window `width` × `height`.
    fn set_window(&mut self, width: u32, height: u32) {
        let frame = self.script("return [outerWidth - innerWidth, outerHeight - innerHeight]", json!([]));
        let outer = |side: u32, at: usize| u64::from(side) + frame[at].as_u64().unwrap_or(0);
        self.post("/window/rect", json!({ "width": outer(width, 0), "height": outer(height, 1) }));
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let address = format!("{}{path}", self.session);
        let answer = self.agent.post(&address).send(body.to_string());
        value_of(path, answer)
    }

    fn get(&self, path: &str) -> Value {
        value_of(path, self.agent.get(format!("{}{path}", self.session)).call())
    }

    /// The folder into which it saves files.
    pub fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    /// Opens a file.
    pub fn open(&self, file: &Path, fragment: &str) {
        self.post("/url", json!({ "url": format!("file://{}{fragment}", file.display()) }));
    }

    /// What the body of a function returns; its arguments are `arguments[0]`, ….
    pub fn script(&self, body: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({ "script": body, "args": arguments }))
    }

    /// Waits until `condition`, an expression, is true.
    pub fn wait(&self, condition: &str) {
        self.wait_for(condition, || self.script(&format!("return Boolean({condition})"), json!([])) == true);
    }

    /// Waits until `is_there`; `what` names it where it never comes.
    pub fn wait_for(&self, what: &str, mut is_there: impl FnMut() -> bool) {
        let start = Instant::now();
        while !is_there() {
            if start.elapsed() > PATIENCE {
                let picture = std::env::temp_dir().join("latentlab-browser-test.png");
                self.save_screenshot(&picture);
                eprintln!("the window as it was: {}", picture.display());
                panic!("never seen in {:?}: {what}\n{}", self.kind, self.troubles().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Performs actions as the protocol writes them.
    fn perform(&self, sources: Value) {
        self.post("/actions", json!({ "actions": sources }));
    }

    /// Presses the pointer at the first point, moves through the others, and lifts it; in pixels of the page's view.
    pub fn drag(&self, points: &[[f64; 2]]) {
        let go = |[x, y]: &[f64; 2], milliseconds: u32| json!({ "type": "pointerMove", "duration": milliseconds, "x": x.round(), "y": y.round() });
        let mut steps = vec![go(&points[0], 0), json!({ "type": "pointerDown", "button": 0 })];
        steps.extend(points[1..].iter().map(|point| go(point, 12)));
        steps.push(json!({ "type": "pointerUp", "button": 0 }));
        self.pointer(steps);
    }

    fn pointer(&self, steps: Vec<Value>) {
        let kind = json!({ "pointerType": "mouse" });
        self.perform(json!([{ "type": "pointer", "id": "mouse", "parameters": kind, "actions": steps }]));
    }

    /// Types keys one after the other; those of the protocol's private characters (see [`key`]) are as good.
    pub fn keys(&self, keys: &str) {
        let steps: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
            })
            .collect();
        self.perform(json!([{ "type": "key", "id": "keyboard", "actions": steps }]));
    }

    /// Left, top, width and height of the first element that `selector` finds, after scrolling to it.
    pub fn place_of(&self, selector: &str) -> [f64; 4] {
        let found = self.script(
            "const element = document.querySelector(arguments[0]);
             if (!element) return null;
             element.scrollIntoView({ block: 'nearest' });
             const box = element.getBoundingClientRect();
             return [box.left, box.top, box.width, box.height]",
            json!([selector]),
        );
        let numbers = found.as_array().unwrap_or_else(|| panic!("there is no {selector}"));
        std::array::from_fn(|i| numbers[i].as_f64().unwrap())
    }

    /// Clicks the middle of the first element that `selector` finds, once it stands still and nothing lies over it: what is
    /// above it on the page may still be growing.
    pub fn click(&self, selector: &str) {
        let mut before = self.place_of(selector);
        self.wait_for(&format!("{selector} to stand still"), || {
            std::thread::sleep(Duration::from_millis(50));
            let place = std::mem::replace(&mut before, self.place_of(selector));
            let on_top = self.script(
                "const [selector, x, y] = arguments, element = document.querySelector(selector);
                 return element.contains(document.elementFromPoint(x, y))",
                json!([selector, before[0] + before[2] / 2.0, before[1] + before[3] / 2.0]),
            );
            place == before && on_top == true
        });
        let [left, top, width, height] = before;
        self.drag(&[[left + width / 2.0, top + height / 2.0]]);
    }

    /// What went wrong by the browser's console; Firefox' driver does not tell.
    pub fn troubles(&self) -> Vec<String> {
        if self.kind == Kind::Firefox {
            return Vec::new();
        }
        let entries = self.post("/se/log", json!({ "type": "browser" }));
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }

    /// Everything that the page has loaded from elsewhere than itself.
    pub fn requests(&self) -> Value {
        self.script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)
               .filter((name) => !/^(data|blob):/.test(name))",
            json!([]),
        )
    }

    /// The window as a PNG file.
    fn save_screenshot(&self, file: &Path) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        if let Some(bytes) = self.get("/screenshot").as_str().and_then(|text| STANDARD.decode(text).ok()) {
            let _ = std::fs::write(file, bytes);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The port that the driver says it listens on.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the browser's driver did not start");
        // Before, Chromium's driver repeats that it was asked for any port, 0.
        let number = |after: &str| line.split(after).nth(1)?.trim_end().trim_end_matches('.').parse().ok();
        let port = number("successfully on port ").or_else(|| number("Listening on 127.0.0.1:"));
        if let Some(port) = port {
            // What it says later has to go somewhere.
            std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
            return port;
        }
    }
}

fn value_of(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let text =
        answer.and_then(|mut answer| answer.body_mut().with_config().limit(100 << 20).read_to_string());
    let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
    let answer: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error} in {text}"));
    let value = answer["value"].clone();
    assert!(value.get("error").is_none(), "{path}: {value}");
    value
}

/// Characters by which the protocol names keys.
pub mod key {
    pub const ESCAPE: char = '\u{E00C}';
    pub const ENTER: char = '\u{E007}';
    pub const RIGHT: char = '\u{E014}';
}
