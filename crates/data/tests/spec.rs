//! The `[data]` table: what is read, what is refused and how, and that the reference systems can be said.

mod fixtures;

use data::{Binarise, DataSpec, HoldOut, Limits, Size, TestImages, Validation};

fn parse(text: &str) -> Result<DataSpec, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn a_table_survives_being_written_and_read() {
    let texts = [
        "name = 'mnist'\nvalid = 'test'",
        "name = 'mnist'\nvalid = { last = 10_000 }\nlimit = { train = 100, test = 5 }",
        "name = 'fashion-mnist'\npad = 2\nvalid = { fraction = 0.3 }\nseed = 4",
        "name = 'synthetic-digits'\ncount = 500\nsize = 32\ninput = { noise = 0.5, binarise = 'stochastic' }",
        "path = 'faces'\nsize = [64, 48]\nfit = 'crop'\nchannels = 'rgb'\ntest = { first = 10 }",
    ];
    for text in texts {
        let spec = parse(text).unwrap();
        spec.check().unwrap();
        let written = toml::to_string(&spec).unwrap();
        assert_eq!(parse(&written).unwrap(), spec, "{written}");
    }
    let spec = parse(texts[4]).unwrap();
    assert_eq!(
        (spec.size, spec.test),
        (Some(Size::Sides([64, 48])), Some(TestImages::HoldOut(HoldOut::First(10))))
    );
    assert_eq!(parse(texts[0]).unwrap().valid, Some(Validation::Test));
    assert_eq!(parse(texts[1]).unwrap().limit, Limits { train: Some(100), valid: None, test: Some(5) });
    assert_eq!(parse(texts[3]).unwrap().input.binarise, Some(Binarise::Stochastic));
    assert_eq!(toml::to_string(&DataSpec::named("mnist")).unwrap(), "name = \"mnist\"\n");
}

#[test]
fn what_cannot_be_used_is_named_with_value_and_remedy() {
    let cases = [
        ("", "data.name = nothing: must be one of \"mnist\""),
        ("name = 'minst'", "data.name = \"minst\": must be one of \"mnist\", \"fashion-mnist\""),
        ("name = 'mnist'\npath = 'x'", "data.path = \"x\": must not be given beside data.name"),
        ("name = 'mnist'\npad = 5000", "data.pad = 5000: must be at most 1024"),
        ("name = 'mnist'\ncount = 5", "data.count = 5: is an option of synthetic images"),
        (
            "name = 'mnist'\nsize = 32",
            "data.size = [32, 32]: is an option of synthetic images and of images from a path",
        ),
        ("name = 'mnist'\nfit = 'crop'", "data.fit = \"crop\": is an option of images from a path"),
        ("path = 'x'\ncount = 50", "data.count = 50: is an option of synthetic images"),
        ("path = 'x'\nsize = 0", "data.size = 0: must lie between 1 and 4096"),
        ("name = 'synthetic-digits'\nsize = 15", "data.size = 15: must lie between 16 and 512"),
        ("name = 'synthetic-digits'\nsize = [20, 30]", "data.size = [20, 30]: synthetic images are square"),
        ("name = 'synthetic-digits'\ncount = 9", "data.count = 9: must lie between 10"),
        ("name = 'mnist'\nvalid = { last = 0 }", "data.valid.last = 0: must be at least 1"),
        ("name = 'mnist'\nvalid = { fraction = 1.0 }", "data.valid.fraction = 1: must lie strictly between"),
        ("name = 'mnist'\ntest = { fraction = nan }", "data.test.fraction = NaN: must lie strictly between"),
        ("name = 'mnist'\nlimit = { valid = 0 }", "data.limit.valid = 0: must be at least 1"),
        ("name = 'mnist'\ninput = { noise = -0.5 }", "data.input.noise = -0.5: must be above 0"),
    ];
    for (text, expected) in cases {
        let message = parse(text).unwrap().check().unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}\n{message}");
    }
}

#[test]
fn unknown_keys_and_wrong_types_are_refused_when_read() {
    let cases = [
        ("nmae = 'mnist'", "unknown field `nmae`"),
        ("name = 'mnist'\npad = -1", "invalid value: integer `-1`"),
        ("name = 'mnist'\nsize = 'big'", "a number of pixels, or [height, width]"),
        ("name = 'mnist'\nvalid = 'tset'", "unknown variant `tset`, expected one of `test`"),
        ("name = 'mnist'\nvalid = { lats = 3 }", "unknown variant `lats`"),
        ("name = 'mnist'\ninput = { nosie = 1.0 }", "unknown field `nosie`"),
        ("name = 'mnist'\ninput = { binarise = 'maybe' }", "expected `threshold` or `stochastic`"),
    ];
    for (text, expected) in cases {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}\n{message}");
    }
}

#[test]
fn a_source_typed_by_a_person_is_a_name_or_else_a_path() {
    let mut spec = parse("name = 'synthetic-digits'\ncount = 50\npad = 2").unwrap();
    spec.set_source("mnist");
    assert_eq!(spec, DataSpec { pad: 2, ..DataSpec::named("mnist") });
    spec.set_source("my/pictures");
    assert_eq!((spec.name, spec.path, spec.stratify), (None, Some("my/pictures".into()), Some(true)));
}

#[test]
fn the_reference_systems_see_the_images_they_were_published_with() {
    let Some(folder) = fixtures::real_data() else { return };
    let cases = [
        ("A", "name = 'mnist'\nvalid = 'test'", [60_000, 10_000, 10_000], 28),
        ("B", "name = 'fashion-mnist'\npad = 2\nvalid = 'test'", [60_000, 10_000, 10_000], 32),
        ("D", "name = 'mnist'\nvalid = { last = 10_000 }", [50_000, 10_000, 10_000], 28),
        ("E", "name = 'mnist'\nvalid = { fraction = 0.3 }", [42_000, 18_000, 10_000], 28),
    ];
    for (system, text, counts, side) in cases {
        let dirs = data::DataDirs::only(&folder);
        let splits = data::open(&parse(text).unwrap(), &dirs, &mut |_| ()).unwrap();
        let found = [&splits.train, &splits.valid, &splits.test].map(|set| set.len());
        assert_eq!(found, counts, "{system}");
        assert_eq!(splits.train.shape(), data::ImageShape::new(side, side, 1), "{system}");
        assert_eq!(splits.train.classes().len(), 10, "{system}");
    }
}
