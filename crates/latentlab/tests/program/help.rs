//! Help: every verb is listed, explained, and shown in use.

use crate::harness::Place;

fn verbs() -> Vec<String> {
    let help = Place::new().ok(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<String> =
        list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    verbs.into_iter().filter(|verb| verb != "help").collect()
}

#[test]
fn every_verb_is_there() {
    let expected = "train recipes summary data evaluate embed reconstruct generate decode manifold traverse \
                    interpolate augment denoise map clusters anomalies similar duplicates report explore runs \
                    study compare export import verify bench completions";
    assert_eq!(verbs().join(" "), expected);
}

#[test]
fn the_help_of_every_verb_shows_examples_and_all_global_options() {
    let place = Place::new();
    for verb in verbs() {
        for flag in ["--help", "-h"] {
            let help = place.ok(&[&verb, flag]).stdout;
            let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{verb}: no examples"));
            assert!(examples.contains(&format!("  latentlab {verb}")), "{verb}: {examples}");
            for option in ["--quiet", "--verbose", "--threads", "--json"] {
                assert!(help.contains(option), "{verb} {flag}: {option}");
            }
        }
    }
}

/// The options of a verb below each heading of its help.
fn options_by_heading(help: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in help.lines() {
        if let Some(heading) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
            found.push((heading.to_owned(), Vec::new()));
        }
        // `-n, --name <VALUE>`, `--name <VALUE>` or `-n <N>`, indented by a few.
        let option = line.trim_start();
        let (Some((_, options)), true) = (found.last_mut(), option.starts_with('-')) else { continue };
        if line.len() - option.len() <= 6 {
            let names = option.split("  ").next().unwrap().split(", ");
            options.extend(names.map(|name| name.split([' ', '[']).next().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn every_option_of_every_verb_stands_under_its_heading() {
    const DATA: [&str; 6] = ["--array", "--label", "--skip-broken", "--impute", "--data-dir", "--offline"];
    const TABLE: [&str; 2] = ["--label", "--array"];
    const GLOBAL: [&str; 7] = ["-q", "--quiet", "-v", "--verbose", "--threads", "--memory", "--json"];
    let place = Place::new();
    let mut with_data = 0;
    for verb in verbs() {
        let headings = options_by_heading(&place.ok(&[&verb, "--help"]).stdout);
        for (heading, options) in &headings {
            let is_here = |name: &str| options.iter().any(|option| option == name);
            match heading.as_str() {
                "Data options" => {
                    assert!(
                        options.iter().all(|option| DATA.contains(&option.as_str())),
                        "{verb}: {options:?}"
                    );
                    with_data += 1;
                }
                "Table options" => assert_eq!(options, &TABLE, "{verb}"),
                "Options of every command" => assert_eq!(options, &GLOBAL, "{verb}"),
                _ => assert!(!DATA.iter().chain(&GLOBAL).any(|name| is_here(name)), "{verb}: {heading}"),
            }
        }
        let own = headings.iter().find(|(heading, _)| heading == "Options");
        if verb == "compare" || verb == "generate" || verb == "denoise" {
            let own = &own.unwrap_or_else(|| panic!("{verb}: {headings:?}")).1;
            assert!(own.iter().any(|option| option == "--out"), "{verb}: {own:?}");
        }
    }
    assert!(with_data > 10, "{with_data}");
}

#[test]
fn without_arguments_help_is_shown_and_it_is_a_mistake() {
    let ran = Place::new().run(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("Usage: latentlab"));
}

#[test]
fn every_shell_gets_its_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.ok(&["completions", shell]).stdout;
        assert!(script.contains("latentlab") && script.contains("reconstruct"), "{shell}");
    }
}

#[test]
fn recipes_are_listed_and_printed() {
    let place = Place::new();
    let recipes = place.json(&["recipes"]);
    let recipes = recipes["recipes"].as_array().unwrap();
    let parameters = |name: &str| {
        let recipe = recipes.iter().find(|recipe| recipe["name"] == name).unwrap();
        recipe["parameters"].as_u64().unwrap()
    };
    // As published with the reference systems.
    assert_eq!(parameters("mnist-conv-vae"), 96_453);
    assert_eq!(parameters("mnist-mlp-ae"), 238_510 + 239_284);
    assert_eq!(parameters("mnist-mlp-vae"), 241_520 + 239_284);
    assert_eq!(parameters("mnist-denoiser"), 28_353);

    let listing = place.ok(&["recipes"]).stdout;
    for recipe in recipes {
        let name = recipe["name"].as_str().unwrap();
        assert!(listing.contains(name));
        // What is printed can be saved, changed and used.
        let toml = place.ok(&["recipes", "--show", name]).stdout;
        std::fs::write(place.path("mine.toml"), toml).unwrap();
        let summary = place.json(&["summary", "mine.toml"]);
        assert_eq!(summary["parameters"].as_u64().unwrap(), parameters(name), "{name}");
    }
}

#[test]
fn a_summary_is_the_table_that_keras_prints() {
    let table = Place::new().ok(&["summary", "mnist-conv-vae"]).stdout;
    for line in [
        "encoder.0 (conv2d)            14 × 14 × 32         320  input",
        "latent.mean (dense)           2                  6,274  encoder.2",
        "decoder.4 (conv2d_transpose)  28 × 28 × 1          289  decoder.3",
        "total                                           96,453  376.77 KB",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
    let table = Place::new().ok(&["summary", "mnist-shallow-ae"]).stdout;
    assert!(table.ends_with("\n784 values to 32: compression 24.5×\n"), "{table}");
}
