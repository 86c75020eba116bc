//! Recipes, studies and settings that were made to hurt, or damaged by chance: an error that names the file or the
//! setting, never a panic, and never more memory or depth than the text is worth.

use std::path::Path;

use testing::{ROUNDS, survive};
use train::{Override, RECIPES, Recipe, STUDIES, Study};

fn recipe(name: &str) -> &'static str {
    RECIPES.iter().find(|recipe| recipe.name == name).unwrap().toml
}

/// A message for each way in which TOML can be deep.
fn deep() -> Vec<String> {
    let keys = |part: &str| vec![part; 60].join(".");
    vec![
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}{}", "[".repeat(50), "]".repeat(50)),
        format!("a = {}1{}", "{a=".repeat(50), "}".repeat(50)),
        format!("{} = 1", vec!["a"; 100_000].join(".")),
        format!("[{}]\nx = 1", vec!["a"; 100_000].join(".")),
        // Keys and brackets, each within the parser's own bounds, thousands deep together.
        format!("{}1{}", format!("{} = {{", keys("a")).repeat(60).replacen("{{", "{", 1), "}".repeat(60)),
        format!("[{}]\n{} = 1", keys("a"), keys("b")),
    ]
}

#[test]
fn damaged_recipes_studies_and_settings_are_answered() {
    let mut refused = 0;
    for name in ["mnist-conv-vae", "mnist-denoiser", "synthetic-digits-vae"] {
        let good = recipe(name);
        // Comments take most of the beginning; damage to them is none.
        let good: String =
            good.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        refused += survive(good.as_bytes(), |bytes| {
            match Recipe::parse(&String::from_utf8_lossy(bytes), "r.toml", &[]) {
                Ok(_) => true,
                Err(error) => {
                    assert!(error.to_string().starts_with("r.toml:"), "{error}");
                    false
                }
            }
        });
    }
    println!("recipes: {refused} of {} damaged ones were refused", 3 * ROUNDS);
    assert!(refused > ROUNDS);
    for study in STUDIES {
        let refused = survive(study.toml.as_bytes(), |bytes| {
            match Study::parse(&String::from_utf8_lossy(bytes), "s.toml") {
                Ok(_) => true,
                Err(error) => {
                    assert!(error.to_string().contains("s.toml"), "{error}");
                    false
                }
            }
        });
        println!("{}: {refused} of {ROUNDS} damaged ones were refused", study.name);
    }
    let good = recipe("mnist-conv-vae");
    for setting in
        ["model.encoder[0].filters=8", "optimizer.schedule={ kind = \"cosine\" }", "data.input.noise=0.5"]
    {
        let refused = survive(setting.as_bytes(), |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let answer =
                text.parse::<Override>().and_then(|setting| Recipe::parse(good, "r.toml", &[setting]));
            match answer {
                Ok(_) => true,
                Err(error) => {
                    let message = error.to_string();
                    assert!(
                        message.starts_with("command line: ") || message.starts_with("r.toml:"),
                        "{message}"
                    );
                    false
                }
            }
        });
        println!("{setting}: {refused} of {ROUNDS} damaged ones were refused");
        assert!(refused > ROUNDS / 4);
    }
}

#[test]
fn deep_nesting_is_refused_and_overflows_no_stack() {
    for text in deep() {
        let message = Recipe::parse(&text, "r.toml", &[]).unwrap_err().to_string();
        assert!(message.starts_with("r.toml:1:") || message.starts_with("r.toml:2:"), "{message}");
        assert!(message.contains("deep in one another") || message.contains("not valid TOML"), "{message}");
        assert!(message.len() < 300, "{message}");
        let message = Study::parse(&text, "s.toml").unwrap_err().to_string();
        assert!(message.starts_with("s.toml:") && message.len() < 300, "{message}");
        let value = text.split_once(" = ").unwrap_or_default().1;
        if value.starts_with(['[', '{']) {
            let setting = format!("training.epochs={value}").parse::<Override>();
            let recipe =
                setting.and_then(|setting| Recipe::parse(recipe("mnist-conv-vae"), "r.toml", &[setting]));
            let message = recipe.unwrap_err().to_string();
            assert!(message.starts_with("command line: ") && message.len() < 300, "{message}");
        }
    }
    for key in
        [vec!["a"; 50_000].join("."), format!("a{}", "[0]".repeat(50_000)), "a[99999999999999999999]".into()]
    {
        let message = format!("{key}=1").parse::<Override>().unwrap_err().to_string();
        assert!(
            message.contains("the key must be a dotted path such as training.epochs"),
            "{}",
            message.len()
        );
        assert!(message.len() < 300, "{}", message.len());
    }
}

#[test]
fn files_that_are_no_text_of_a_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("binary.toml"), b"name = \"x\"\nseed = \xff\n").unwrap();
    std::fs::write(at("empty.toml"), b"").unwrap();
    std::fs::write(at("nul.toml"), [0; 100]).unwrap();
    std::fs::File::create(at("long.toml")).unwrap().set_len(1 << 40).unwrap();
    std::fs::create_dir(at("folder.toml")).unwrap();
    let mut cases = vec![
        ("binary.toml", "binary.toml:2:8: not valid TOML: the text is not UTF-8"),
        ("empty.toml", "empty.toml: name: is missing and must be given"),
        ("nul.toml", "nul.toml:1:101: not valid TOML: "),
        ("long.toml", "long.toml: cannot read: it has more than the 1048576 bytes allowed"),
        ("folder.toml", "folder.toml: cannot read: it is a folder, not a file"),
        ("none.toml", "none.toml: cannot read: "),
    ];
    if cfg!(unix) {
        // Nobody writes into the pipe: reading it would wait for ever.
        assert!(std::process::Command::new("mkfifo").arg(at("pipe.toml")).status().unwrap().success());
        cases.push(("pipe.toml", "pipe.toml: cannot read: it is a pipe or a device, not a file"));
        #[cfg(unix)]
        std::os::unix::fs::symlink("loop.toml", at("loop.toml")).unwrap();
        cases.push(("loop.toml", "loop.toml: cannot read: "));
    }
    let plain = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    for (name, expected) in cases {
        let path: &Path = &at(name);
        let name = path.to_str().unwrap();
        let message = plain(Recipe::open(name, &[]).unwrap_err().to_string());
        assert!(message.starts_with(expected), "{message}");
        let message = plain(Study::open(name).unwrap_err().to_string());
        let place = expected.split(':').next().unwrap();
        assert!(message.starts_with(&format!("{place}:")), "{message}");
    }
}
