//! From figures and numbers to a page.

use std::time::Duration;

use model::Summary;
use report::{ExplorerLink, KeyNumber, Page, PageFigure, PageItem, PageSection, PageTable};
use run::Measurement;
use train::ordered_terms;

use crate::error::Error;
use crate::figures::run_figures::RunFigures;
use crate::losses::loss_unit;
use crate::measures::{self, hint, metric};
use crate::numbers::{count, duration, grouped, part, signed, value};
use crate::run_report::facts::{Facts, FromPrior, PosteriorNumbers};
use crate::run_report::verdict;
use crate::runs::Run;
use crate::sentences::of_rows;
use crate::shell::quoted;

/// A heading, what is below it, and the figures with their captions in order.
struct Part {
    title: &'static str,
    text: &'static str,
    figures: &'static [(&'static str, &'static str)],
}

const PARTS: &[Part] = &[
    Part {
        title: "Training",
        text: "Each term of the loss after each epoch, averaged over the whole split. Training and validation share \
               the axis: a gap that opens between them is overfitting.",
        figures: &[
            ("loss-curves", "Loss terms by epoch; the best epoch, whose weights are used below, is marked."),
            ("augmented", "Training images, and what the network saw of them in the first epochs."),
        ],
    },
    Part {
        title: "Reconstructions",
        text: "",
        figures: &[
            (
                "reconstructions",
                "Test images of every class over what the model makes of them, with the PSNR of each.",
            ),
            (
                "denoised",
                "Originals, the noisy inputs, and what the model makes of those; PSNR and SSIM against the original.",
            ),
        ],
    },
    Part {
        title: "Samples",
        text: "",
        figures: &[
            ("samples", "Images decoded from random draws of the prior N(0, I)."),
            (
                "samples-gmm",
                "Images decoded from draws of Gaussians fitted to the codes of training images, not of \
                 the prior.",
            ),
            (
                "random-codes",
                "What random codes of N(0, I) decode to. Nothing made this autoencoder's codes look like \
                              such draws, so these are rarely images of anything.",
            ),
            ("centroids", "Images decoded from the mean code of each class."),
            ("manifold", "What each point of the latent plane decodes to; the ticks carry the coordinates."),
            ("points", "Images decoded from chosen points of the latent space."),
            (
                "codes",
                "The codes of the first test images as grey pictures: black is the smallest number, white the largest.",
            ),
        ],
    },
    Part {
        title: "Latent maps",
        text: "Every point is the code of a test image; point at it to see the image.",
        figures: &[
            ("latent", "The latent plane: posterior means of the test images."),
            ("map-tsne", "t-SNE: neighbours stay neighbours; distances between groups mean little."),
            ("map-pca", "Principal components: the flat shadow of largest variance."),
        ],
    },
    Part {
        title: "Diagnostics",
        text: "",
        figures: &[
            (
                "silhouettes",
                "How well each image lies within its class: 1 is best, below 0 another class is nearer. The dashed line is the mean.",
            ),
            (
                "kl",
                "The KL of each latent dimension: what telling its posterior from the prior takes. Dimensions that do \
                 not tell images apart could be left out.",
            ),
            (
                "posterior",
                "Where the codes of all test images lie, beside the prior that samples are drawn from.",
            ),
            ("explained-variance", "How much of the codes' variance the principal components explain."),
        ],
    },
    Part {
        title: "Strange images",
        text: "How far test images lie from validation images, which are taken for normal. New ones are judged by: latentlab \
               anomalies RUN",
        figures: &[
            (
                "scores",
                "Scores of the test images beside those of validation images, and from where on an image is flagged.",
            ),
            (
                "anomalies",
                "The strangest test images, over their reconstructions; places hotter than normal images become are yellow to red.",
            ),
            ("borderline", "The test images next to the threshold, on both sides."),
            ("roc", "How well each score tells the anomalous classes from the others."),
        ],
    },
];

/// Figures whose points have thumbnails.
const WITH_IMAGES: [&str; 3] = ["latent", "map-tsne", "map-pca"];

/// The page of a run, without thumbnails.
pub fn page(run: &Run, facts: &Facts, gallery: &RunFigures) -> Result<Page, Error> {
    let mut sections = Vec::new();
    let worded = |text: &str| in_words_of(facts, text);
    for part in PARTS {
        let mut items = Vec::new();
        for (name, caption) in part.figures {
            let Some(drawn) = gallery.find(name) else { continue };
            let caption =
                [worded(caption).as_str(), worded(&drawn.note).as_str()].join(" ").trim().to_owned();
            let thumbnails = WITH_IMAGES.contains(name).then_some(0);
            let (name, figure) = (drawn.name.clone(), drawn.figure.clone());
            items.push(PageItem::Figure(PageFigure { name, figure, caption, thumbnails }));
        }
        if !items.is_empty() {
            sections.push(PageSection { title: worded(part.title), text: worded(part.text), items });
        }
    }
    if let (Some(first), Some(advice)) = (sections.first_mut(), verdict::advice(&facts.numbers)) {
        first.text = format!("{} {}", first.text, worded(&advice));
    }
    sections.push(layers(run)?);
    sections.push(metrics(facts));
    sections.push(lab(run, facts));
    let title = run
        .dir
        .path()
        .file_name()
        .map_or_else(|| facts.manifest.recipe.clone(), |name| name.to_string_lossy().into());
    Ok(Page {
        title,
        what: what(run, facts)?,
        verdict: verdict::verdict(&facts.numbers),
        numbers: key_numbers(run, facts),
        sections,
        thumbnails: Vec::new(),
        explorer: Some(if run.dir.has_explorer() {
            ExplorerLink::Beside
        } else {
            ExplorerLink::MadeBy(format!("latentlab explore {}", quoted(run.dir.path())))
        }),
        made: format!(
            "Made by latentlab {} from a run of {}. All figures lie in the run's folder as SVG and PNG.",
            env!("CARGO_PKG_VERSION"),
            facts.manifest.created.strftime("%-d %B %Y")
        ),
    })
}

/// Text about images, of a table as text about rows.
fn in_words_of(facts: &Facts, text: &str) -> String {
    if facts.numbers.is_table { of_rows(text) } else { text.to_owned() }
}

/// What was trained on what, in one sentence.
fn what(run: &Run, facts: &Facts) -> Result<String, Error> {
    let kind = run.kind();
    let parameters = grouped(Summary::new(run.trained.model.network())?.parameters);
    let data = &facts.manifest.data;
    let images = data.images.get("train").copied().unwrap_or(0);
    let epochs = count(facts.manifest.epochs.done as usize, "epoch");
    let code = run.trained.model.code_shape();
    let numbers = if code.len() == 1 { "number" } else { "numbers" };
    let set = format!(
        "{} of {} ({})",
        count(images as usize, &in_words_of(facts, "image")),
        data.name,
        match run.columns() {
            Some(columns) => count(columns.names.len(), "column"),
            None => run.image_shape().to_string(),
        },
    );
    let history = match &facts.manifest.import {
        None => format!("recipe {}, trained for {epochs} on {set}", facts.manifest.recipe),
        Some(import) => {
            let files = import.files.keys().cloned().collect::<Vec<_>>().join(" and ");
            let since = if facts.manifest.epochs.done == 0 {
                String::new()
            } else {
                format!(", trained here for {epochs}")
            };
            format!(
                "read from {files} of {}{since}, beside {set}. How the model was trained before is not known: on which of \
                 these images, for how long, with which losses",
                import.program
            )
        }
    };
    Ok(format!("{kind} with {parameters} parameters and a code of {code} {numbers}, {history}."))
}

fn key_numbers(run: &Run, facts: &Facts) -> Vec<KeyNumber> {
    let unit = loss_unit(&run.trained.recipe.objective);
    let number = |name: &str, value: String, unit: &str, good: String| KeyNumber {
        name: in_words_of(facts, name),
        value,
        unit: in_words_of(facts, unit),
        good: in_words_of(facts, &good),
    };
    let mut all = Vec::new();
    if let Some(best) = &facts.best
        && let Some(total) = best.valid.get("total").copied()
    {
        let summands = ordered_terms(&best.valid).filter(|(term, _)| term.is_summand());
        let sum: Vec<String> =
            summands.map(|(term, value)| format!("{} {}", part(value, total), term.name())).collect();
        let train = best
            .train
            .get("total")
            .map_or_else(String::new, |train| format!("; training {}", part(*train, total)));
        let good = format!("lower is better: {}{train}", sum.join(" + "));
        all.push(number("Validation loss", value(total), unit, good));
    }
    let numbers = &facts.numbers;
    if let Some(share) = numbers.explained {
        let good = "of 100; 0 is the mean training image".to_owned();
        all.push(number("Pixel variance kept", signed(100.0 * share, 1), "%", good));
    }
    if let Some(psnr) = numbers.psnr {
        let beside: Vec<String> = [
            numbers.noisy_psnr.map(|noisy| format!("noisy inputs {}", signed(noisy, 2))),
            numbers.pca_psnr.map(|pca| format!("principal components {}", signed(pca, 2))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let beside = if beside.is_empty() { String::new() } else { format!(": {}", beside.join(", ")) };
        all.push(number("PSNR", signed(psnr, 2), "dB", format!("higher is better{beside}")));
    }
    if let Some(ssim) = numbers.ssim {
        all.push(number("SSIM", signed(ssim, 3), "", "1 is best; above 0.9 is good".into()));
    }
    if let Some(posterior) = numbers.posterior {
        let PosteriorNumbers { used, active, .. } = posterior;
        let otherwise = match used == active {
            true => String::new(),
            false => format!(
                ": their means vary by more than a tenth of the posterior's deviation; active units ask for a tenth of \
                 the prior's and are {active}"
            ),
        };
        let good = format!("{used} of {} dimensions in use{otherwise}; 0 is collapse", numbers.dims);
        all.push(number("KL to the prior", format!("{:.2}", posterior.kl), "nats", good));
        let good = match posterior.from_prior {
            FromPrior::Estimated(_) => "KL of all codes together; 0 is best",
            FromPrior::OfMoments(_) => "by each dimension's mean and variance; 0 is best",
        };
        let nats = format!("{:.2}", posterior.from_prior.nats());
        all.push(number("Codes' distance from the prior", nats, "nats", good.into()));
    }
    if let Some(share) = numbers.draws.prior {
        let good = "with reconstructed test images, by their neighbours; 100 is best".into();
        all.push(number("Draws from the prior mix", signed(100.0 * share, 0), "%", good));
    }
    if let Some(mean) = numbers.silhouette {
        let good = "−1 to 1; above 0.25 classes form clusters".into();
        all.push(number("Silhouette of the classes", signed(mean, 3), "", good));
    }
    let seconds = |name: &str| facts.manifest.seconds.get(name).copied();
    if let (Some(training), Some(best)) = (seconds("training"), &facts.best) {
        let time = duration(Duration::from_secs_f64(training));
        let machine = &facts.manifest.machine;
        let speed = format!(
            "{} images/s on {} with {}",
            grouped(best.images_per_second as u64),
            count(machine.threads, "thread"),
            machine.instruction_set
        );
        all.push(number("Training time", time, "", speed));
    }
    all
}

/// The table of layers.
fn layers(run: &Run) -> Result<PageSection, Error> {
    let summary = Summary::new(run.trained.model.network())?;
    let dims = |output: &[usize]| output.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
    let size = |bytes: usize| format!("{:.2} KB", bytes as f64 / 1024.0);
    let tables = summary.parts.iter().map(|part| {
        let rows = part.layers.iter().map(|layer| {
            let name = format!("{} ({})", layer.name, layer.kind);
            vec![name, dims(&layer.output), grouped(layer.parameters), layer.connected_to.join(", ")]
        });
        PageItem::Table(PageTable {
            caption: format!("{}: {} parameters, {}", part.name, grouped(part.parameters), size(part.bytes)),
            head: ["layer", "output", "parameters", "connected to"].map(String::from).to_vec(),
            rows: rows.collect(),
        })
    });
    Ok(PageSection {
        title: "Layers".into(),
        text: format!("{} parameters in all, {}.", grouped(summary.parameters), size(summary.bytes)),
        items: tables.collect(),
    })
}

/// Everything measured on the test images.
fn metrics(facts: &Facts) -> PageSection {
    // In the order of the list that knows them all.
    let known = measures::metrics()
        .filter_map(|metric| facts.metrics.metrics.get(metric.name).map(|measured| (metric.name, measured)));
    let rows = known
        .map(|(name, measured)| row(name, measured).iter().map(|cell| in_words_of(facts, cell)).collect())
        .collect();
    let mut text = format!("On {}.", count(facts.numbers.images, &in_words_of(facts, "test image")));
    for note in &facts.metrics.notes {
        let mut letters = note.chars();
        let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
        text = format!(
            "{text} {first}{}{}",
            in_words_of(facts, letters.as_str()),
            if note.ends_with('.') { "" } else { "." }
        );
    }
    let table = PageTable {
        caption: "Everything measured, as in metrics.json".into(),
        head: ["metric", "value", "±", "unit and direction", "what it measures"].map(String::from).to_vec(),
        rows,
    };
    PageSection { title: "Metrics".into(), text, items: vec![PageItem::Table(table)] }
}

fn row(name: &str, measured: &Measurement) -> Vec<String> {
    let error = measured.standard_error.map_or_else(String::new, value);
    let measures = metric(name).map_or("", |metric| metric.measures);
    let measures = match &measured.of {
        Some(of) => format!("{measures} ({of})"),
        None => measures.to_owned(),
    };
    let reading = match measured.direction.as_str() {
        "neutral" => measured.unit.clone(),
        _ if hint(name).starts_with("nats") && measured.unit != "nats" => {
            format!("{}, lower is better", measured.unit)
        }
        _ => hint(name),
    };
    vec![name.replace('_', " "), value(measured.value), error, reading, measures]
}

/// How it was made, for those who repeat it.
fn lab(run: &Run, facts: &Facts) -> PageSection {
    let recipe = &run.trained.recipe;
    let manifest = &facts.manifest;
    let images = ["train", "valid", "test"]
        .map(|split| grouped(manifest.data.images.get(split).copied().unwrap_or(0)));
    let seconds = |name: &str| {
        manifest.seconds.get(name).map_or_else(String::new, |s| duration(Duration::from_secs_f64(*s)))
    };
    let optimizer = format!("{:?}", recipe.optimizer.rule);
    let optimizer = optimizer.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase();
    let machine = &manifest.machine;
    let is_untrained = manifest.import.is_some() && manifest.epochs.done == 0;
    let of_training = |text: String| match is_untrained {
        true => "not known: it was trained elsewhere".to_owned(),
        false => text,
    };
    let rows = [
        ("recipe", format!("{}: {}", recipe.name, recipe.description)),
        (
            "data",
            format!(
                "{}; {} training, {} validation, {} test {}",
                manifest.data.name,
                images[0],
                images[1],
                images[2],
                in_words_of(facts, "images")
            ),
        ),
        ("seed", of_training(manifest.seed.to_string())),
        (
            "optimizer",
            of_training(format!(
                "{optimizer}, learning rate {}, batches of {}{}",
                recipe.optimizer.learning_rate,
                recipe.training.batch_size,
                match recipe.training.accumulate {
                    1 => String::new(),
                    batches => format!(", {batches} to a step"),
                }
            )),
        ),
        (
            "epochs",
            of_training(format!(
                "{} of {}; weights of epoch {}",
                manifest.epochs.done, manifest.epochs.asked, run.trained.epoch
            )),
        ),
        (
            "time",
            of_training(format!("{} training, {} validation", seconds("training"), seconds("validation"))),
        ),
        ("machine", format!("{}, {} threads, {}", machine.cpu, machine.threads, machine.instruction_set)),
        ("program", manifest.program.clone()),
        (
            "weights",
            match recipe.training.average {
                None => format!("SHA-256 {}", run.trained.weights_sha256),
                Some(average) => format!(
                    "average over steps, decay {}; SHA-256 {}",
                    average.decay, run.trained.weights_sha256
                ),
            },
        ),
    ];
    let table = PageTable {
        caption: match &manifest.import {
            None => {
                "The whole recipe is in recipe.toml beside this page; training it again gives the same bits"
                    .into()
            }
            Some(import) => format!(
                "The net is in recipe.toml beside this page; its weights were read from {}",
                import
                    .files
                    .iter()
                    .map(|(name, digest)| format!("{name} (SHA-256 {})", digest.sha256))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        },
        head: vec!["what".into(), "value".into()],
        rows: rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect(),
    };
    PageSection { title: "How it was made".into(), text: String::new(), items: vec![PageItem::Table(table)] }
}
