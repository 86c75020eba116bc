//! The program's verbs, in this process.

use std::ffi::OsString;
use std::io::Write;

use latentlab::lab::Lab;
use latentlab::lab::data_place::DataFolders;
use latentlab::lab::recipe_choice::{RecipeChoice, Wish};
use latentlab::program::{self as command};
use latentlab::train::{Override, Purpose, USUAL_BUDGET};
use pyo3::prelude::*;
use serde_json::Value;

use crate::failure::{Fault, raise, raised, refused};
use crate::json::to_python;
use crate::watch::{watched, watched_or_left};

/// Runs the command `latentlab` with `arguments`, as a terminal does: it prints, and the exit code is returned. It takes
/// the process for its own.
#[pyfunction]
pub fn program(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    // The program has its own way with Ctrl-C; where it has none, Ctrl-C ends it as it ends any program.
    let signal = py.import("signal")?;
    signal.call_method1("signal", (signal.getattr("SIGINT")?, signal.getattr("SIG_DFL")?))?;
    let name = OsString::from("latentlab");
    Ok(py.detach(|| command::run(std::iter::once(name).chain(arguments))))
}

/// Does what a verb of the program does, and returns what it prints with `--json`.
#[pyfunction]
#[pyo3(signature = (arguments, *, events = None))]
pub fn call<'py>(
    py: Python<'py>,
    arguments: Vec<OsString>,
    events: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &answer(py, arguments, events)?)
}

fn answer(py: Python<'_>, arguments: Vec<OsString>, events: Option<Py<PyAny>>) -> PyResult<Value> {
    let answer = watched_or_left(py, events, |observer, stop| command::call(arguments, observer, stop))?;
    Ok(answer.map_err(|failure| raised(&failure))?.json)
}

/// Trains, and returns the run's folder.
#[pyfunction]
#[pyo3(signature = (recipe, data, *, purpose = None, latent = None, settings = Vec::new(), folder = None,
                    overwrite = false, report = true, figures = true, epochs = None, resume = false, threads = None,
                    data_dir = None, events = None))]
#[expect(clippy::too_many_arguments, reason = "they have names in Python")]
pub fn train(
    py: Python<'_>,
    recipe: Option<String>,
    data: Option<OsString>,
    purpose: Option<String>,
    latent: Option<u32>,
    settings: Vec<String>,
    folder: Option<OsString>,
    overwrite: bool,
    report: bool,
    figures: bool,
    epochs: Option<i64>,
    resume: bool,
    threads: Option<usize>,
    data_dir: Option<OsString>,
    events: Option<Py<PyAny>>,
) -> PyResult<String> {
    let mut arguments = vec![OsString::from("train")];
    let mut option = |name: &str, value: OsString| {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        arguments.push(argument);
    };
    let optional = [
        (if resume { "resume" } else { "out" }, folder),
        ("data", data),
        ("as", purpose.map(Into::into)),
        ("latent", latent.map(|latent| latent.to_string().into())),
        ("epochs", epochs.map(|epochs| epochs.to_string().into())),
        ("threads", threads.map(|threads| threads.to_string().into())),
        ("data-dir", data_dir),
    ];
    if resume && optional[0].1.is_none() {
        return Err(refused("resume=True: folder must say which run goes on"));
    }
    for (name, value) in optional {
        if let Some(value) = value {
            option(name, value);
        }
    }
    settings.into_iter().for_each(|setting| option("set", setting.into()));
    let flags = [("--force", overwrite), ("--no-report", !report), ("--no-figures", !figures)];
    arguments.extend(flags.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.into()));
    // A recipe's text is read as a file is.
    let mut file = None;
    if let Some(recipe) = recipe {
        arguments.push("--".into());
        arguments.push(match is_text(&recipe) {
            true => file.insert(written(&recipe)?).path().into(),
            false => recipe.into(),
        });
    }
    let answer = answer(py, arguments, events)?;
    answer["run"].as_str().map(ToOwned::to_owned).ok_or_else(|| Fault::new_err("the training made no run"))
}

/// Whether a recipe is given as its text, in place of its name.
fn is_text(recipe: &str) -> bool {
    recipe.contains('\n')
}

fn written(recipe: &str) -> PyResult<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("recipe-").suffix(".toml").tempfile()?;
    file.write_all(recipe.as_bytes())?;
    Ok(file)
}

/// A recipe that suits `data`: its TOML, and why it is as it is.
#[pyfunction]
#[pyo3(signature = (data, *, purpose = None, latent = None, settings = Vec::new(), data_dir = None))]
pub fn choose(
    py: Python<'_>,
    data: String,
    purpose: Option<String>,
    latent: Option<u32>,
    settings: Vec<String>,
    data_dir: Option<std::path::PathBuf>,
) -> PyResult<(String, Vec<String>)> {
    let purpose = match purpose.as_deref() {
        None => Purpose::default(),
        Some("ae") => Purpose::Ae,
        Some("vae") => Purpose::Vae,
        Some("denoiser") => Purpose::Denoiser,
        Some(other) => return Err(refused(format!("purpose = {other:?}: must be ae, vae or denoiser"))),
    };
    let overrides: Result<Vec<Override>, _> = settings.iter().map(|setting| setting.parse()).collect();
    let overrides = overrides.map_err(raise)?;
    let choice = watched(py, None, move |_, _| {
        let folders = DataFolders { data_dir, ..DataFolders::default() };
        let wish = Wish { purpose, aim: None, latent, budget: USUAL_BUDGET };
        RecipeChoice::new(&data, &overrides, wish, &folders, &Lab::default())
    })?;
    let choice = choice.map_err(raise)?;
    Ok((choice.recipe.to_toml().map_err(raise)?, choice.reasons))
}
