//! Studies: what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use train::Study;

fuzz_target!(|text: &str| {
    let Ok(study) = Study::parse(text, "s.toml") else { return };
    let other = study.clone().with_values(&["0.5".into()]).map(|study| study.models()).unwrap_or_default();
    for model in study.models().iter().take(100).chain(&other) {
        // Not from a file that the text names.
        let settings = model.set.iter().map(|setting| setting.parse::<train::Override>());
        let Ok(settings) = settings.collect::<Result<Vec<_>, _>>() else { continue };
        let _ = train::Recipe::parse(hostile::RECIPE, "r.toml", &settings);
    }
    let Ok(written) = study.to_toml() else { return };
    Study::parse(&written, "w.toml").expect("what was written can be read");
});
