//! Runs the program in a folder of its own, away from the user's data sets and settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A folder to run the program in.
pub struct Place {
    folder: TempDir,
}

/// What a run of the program left on its streams.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in this folder, with an empty cache and no way to a network.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_latentlab"));
        command.args(arguments).current_dir(self.folder.path());
        for variable in ["LATENTLAB_DATA", "LATENTLAB_ISA", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        for variable in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(variable).env_remove(variable.to_uppercase());
        }
        command.env("HOME", self.path("home")).env("XDG_CACHE_HOME", self.path("cache"));
        command.env("LATENTLAB_MIRROR", "http://127.0.0.1:9"); // nobody listens there
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    /// Runs, and expects success.
    pub fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "latentlab {}\n{}{}", arguments.join(" "), ran.stdout, ran.stderr);
        ran
    }

    /// Runs with `--json`, expects success, and nothing but one JSON value on stdout.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {}", ran.stdout))
    }

    pub fn ran(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| {
            // macOS links its temporary folder from another place.
            let real = self.folder.path().canonicalize().unwrap();
            let text = String::from_utf8(bytes).unwrap();
            text.replace(real.to_str().unwrap(), "[DIR]")
                .replace(self.folder.path().to_str().unwrap(), "[DIR]")
        };
        let ran =
            Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ran.stderr.contains("internal error"), "a panic reached the user:\n{}", ran.stderr);
        ran
    }
}

/// Arguments that make the default recipe train in a moment.
pub const TINY: [&str; 6] = ["--epochs", "2", "--set", "data.count=300", "--set", "training.batch_size=32"];

/// A place with a small trained VAE in `vae`, whose codes are points of a plane, shared by all tests that only read it; they write elsewhere.
pub fn trained() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        place.ok(&[&["train", "synthetic-digits-plane", "--out", "vae"], &TINY[..]].concat());
        place
    })
}

/// Writes `plain.toml`, the recipe of the plane as an autoencoder without a prior.
pub fn write_plain_recipe(place: &Place) {
    let recipe = place.ok(&["recipes", "--show", "synthetic-digits-plane"]).stdout;
    let latent = recipe.replace("{ kind = \"gaussian\", size = 2 }", "{ kind = \"deterministic\" }");
    let code = latent.replacen("units = 64, activation = \"silu\"", "units = 2", 1);
    let plain: Vec<&str> = code.lines().filter(|line| !line.starts_with("kl = ")).collect();
    fs::write(place.path("plain.toml"), plain.join("\n")).unwrap();
}

/// Width and height of a PNG file that decodes.
pub fn png_size(path: &Path) -> (u32, u32) {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (picture.width(), picture.height())
}

/// A grey test image of a digit-like stroke.
pub fn write_image(path: &Path, width: u32, height: u32) {
    let inside = |x: u32, y: u32| x * 3 > width && x * 3 < 2 * width && y * 8 > height && y * 8 < 7 * height;
    let stroke = |x, y| image::Luma([if inside(x, y) { 255 } else { 0 }]);
    image::GrayImage::from_fn(width, height, stroke).save(path).unwrap();
}

/// A folder of `count` images of 28 × 28 pixels.
pub fn write_images(folder: &Path, count: usize) {
    fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        write_image(&folder.join(format!("stroke-{i}.png")), 28, 28);
    }
}

/// A CSV table as the program writes it: names of columns, and rows of cells.
pub fn read_table(place: &Place, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(place.path(name)).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    (lines.next().unwrap(), lines.collect())
}

/// The cells of the column of this name.
pub fn column(table: &(Vec<String>, Vec<Vec<String>>), name: &str) -> Vec<String> {
    let at =
        table.0.iter().position(|other| other == name).unwrap_or_else(|| panic!("{name} in {:?}", table.0));
    table.1.iter().map(|row| row[at].clone()).collect()
}
