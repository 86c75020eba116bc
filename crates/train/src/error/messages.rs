//! What each error says.

use testing::every_kind;

use super::*;

fn field(value: Option<&str>, allowed: &str) -> Box<FieldError> {
    Box::new(FieldError {
        place: "r.toml:31:14: ".into(),
        field: "training.batch_size".into(),
        value: value.map(Into::into),
        allowed: allowed.into(),
    })
}

#[test]
fn every_error_of_a_recipe_says_where_what_and_what_is_allowed() {
    use RecipeError::{Field, Override, Read, Syntax, Unknown, Write};
    let unknown = format!("frogs: no recipe of this name, and no file; built-in recipes: {}", recipe_names());
    let denied = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
    every_kind!(
        [Unknown { .. }, Read { .. }, Syntax { .. }, Field(_), Override { .. }, Write { .. }],
        [
            (Unknown { name: "frogs".into() }, unknown.as_str()),
            (Read { path: "r.toml".into(), error: denied }, "r.toml: cannot read: permission denied"),
            (
                Syntax { file: "r.toml".into(), line: 2, column: 6, message: "unclosed table".into() },
                "r.toml:2:6: not valid TOML: unclosed table",
            ),
            (
                Field(field(Some("0"), "must be at least 1")),
                "r.toml:31:14: training.batch_size = 0: must be at least 1",
            ),
            (
                Field(field(None, "is missing and must be given")),
                "r.toml:31:14: training.batch_size: is missing and must be given",
            ),
            (
                Override { text: "epochs".into(), reason: "must be key=value".into() },
                "command line: epochs: must be key=value",
            ),
            (Write { reason: "no form".into() }, "the recipe cannot be written: no form"),
        ]
    );
}

#[test]
fn every_error_of_a_training_says_where_what_and_what_to_do() {
    use TrainError::{
        Changed, Checkpoint, Counters, Data, Diverged, Executor, Images, Mismatch, Model, OtherShapes,
        Recipe, Run, State,
    };
    let path = || PathBuf::from("runs/a");
    let weights = || model::WeightsError::Format("it ends inside its header".into());
    let terms = [("total", f64::NAN), ("kl", 3.0), ("reconstruction", f64::INFINITY)];
    let terms = terms.map(|(name, value)| (name.to_owned(), value)).into();
    let data = DataError::Folder { path: "photos".into(), problem: "holds no images".into() };
    every_kind!(
        [
            Recipe(_),
            Data(_),
            Run(_),
            Executor(_),
            Model(_),
            Checkpoint { .. },
            State { .. },
            Counters { .. },
            Mismatch { .. },
            OtherShapes { .. },
            Changed { .. },
            Images { .. },
            Diverged { .. },
        ],
        [
            (
                Recipe(RecipeError::Field(field(Some("0"), "must be at least 1"))),
                "r.toml:31:14: training.batch_size = 0: must be at least 1",
            ),
            (Data(data), "photos: holds no images"),
            (
                Run(run::Error::HoldsRun { path: path() }),
                "runs/a: holds a run already; name another folder, or allow it to be overwritten",
            ),
            (
                Executor(ExecutorError::Threads(9, io::Error::other("no more"))),
                "threads = 9: cannot start them: no more",
            ),
            (Model(weights().into()), "not a whole safetensors file: it ends inside its header"),
            (
                Checkpoint { path: path(), error: Box::new(weights().into()) },
                "runs/a: checkpoint: not a whole safetensors file: it ends inside its header",
            ),
            (
                State { path: path(), reason: "says 7 steps, but its optimizer 8".into() },
                "runs/a: checkpoint: state says 7 steps, but its optimizer 8",
            ),
            (
                Counters { reason: "one of them is not finite: {}".into() },
                "the counters of the training cannot be saved: one of them is not finite: {}",
            ),
            (
                Mismatch { path: path(), part: "decoder" },
                "runs/a: decoder of the weights is not that of the recipe: they belong to different runs",
            ),
            (
                OtherShapes {
                    path: path(),
                    tensor: "encoder.1.kernel".into(),
                    there: "784 × 300".into(),
                    here: "absent".into(),
                },
                "runs/a: its weights are of another network: encoder.1.kernel is 784 × 300 there, absent here; a warm \
                 start needs a net of the same shapes (latentlab summary shows both)",
            ),
            (
                Changed { path: path(), what: "recipe.toml is not as it was when the run began".into() },
                "runs/a: cannot go on: recipe.toml is not as it was when the run began",
            ),
            (
                Images { what: "images", found: "8 × 8 × 1".into(), expected: "28 × 28 × 1".into() },
                "images are 8 × 8 × 1, the network takes 28 × 28 × 1",
            ),
            (
                Diverged {
                    epoch: 1,
                    step: 4,
                    split: "training",
                    terms: Box::new(terms),
                    place: "encoder.1.kernel is no longer finite".into(),
                    weights: "nothing was saved".into(),
                },
                "training diverged: in epoch 1, step 4, the training total became NaN (reconstruction inf, kl 3); \
                 encoder.1.kernel is no longer finite; lower optimizer.learning_rate or set optimizer.clip_norm; \
                 nothing was saved",
            ),
        ]
    );
}

#[test]
fn every_error_of_a_study_says_where_what_and_what_is_allowed() {
    use StudyError::{Field, NoSweep, Recipe, Syntax, Unknown};
    let unknown = format!("frogs: no study of this name, and no file; built-in studies: {}", study_names());
    every_kind!(
        [Unknown { .. }, Syntax { .. }, Field { .. }, NoSweep { .. }, Recipe(_)],
        [
            (Unknown { name: "frogs".into() }, unknown.as_str()),
            (
                Syntax { file: "s.toml".into(), line: 2, message: "unknown field `modl`".into() },
                "s.toml:2: unknown field `modl`",
            ),
            (
                Field {
                    file: "s.toml".into(),
                    field: "schema".into(),
                    value: "2".into(),
                    allowed: "this program reads schema 1".into(),
                },
                "s.toml: schema = 2: this program reads schema 1",
            ),
            (NoSweep { name: "s".into() }, "s: has no sweep of one key that could take other values"),
            (
                Recipe(RecipeError::Override { text: "x".into(), reason: "must be key=value".into() }),
                "command line: x: must be key=value",
            ),
        ]
    );
}

#[test]
fn an_error_that_ends_main_is_a_sentence() {
    let main = || -> Result<(), Box<dyn std::error::Error>> {
        Err(RecipeError::Field(field(Some("0"), "must be 1")))?
    };
    let shown = format!("{:?}", main().unwrap_err());
    assert_eq!(shown, "r.toml:31:14: training.batch_size = 0: must be 1");
}
