//! Studies: several recipes, trained by one process or by any number of them, and compared.

mod comparing;
mod cost;
mod members;
mod options;
mod record;
mod standing;
mod state;
pub mod submission;
mod work;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use data::Splits;
use run::{RunLock, atomic_write};
use train::Study;

use crate::comparison::ComparisonResult;
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::{count, duration};

use standing::{Standing, stand};
use work::{Attempt, Worker};

pub use cost::StudyCost;
pub use members::{StudyMember, StudyPlan};
pub use options::{Selection, StudyOptions};
pub use state::{MemberState, MemberStates};

/// What came of a study.
pub struct StudyResult {
    /// Folder of the study.
    pub folder: PathBuf,
    /// How every member stands.
    pub members: MemberStates,
    /// What is complete, compared; `None` of a call for some of the members unless all are complete, and where another
    /// process has just compared the same.
    pub comparison: Option<ComparisonResult>,
    /// Which training was interrupted, from 1; the same call goes on with it.
    pub interrupted: Option<usize>,
}

/// Trains what is not trained yet, and compares what is complete on the test images of the first. Runs that are complete
/// are not trained again, one that was cut short goes on where it was last saved, and one that another process trains is left
/// to it: any number of processes may run the same study at once.
///
/// ```no_run
/// use lab::studies::{StudyOptions, run};
///
/// let study = train::Study::open("kl-weight")?;
/// let options = StudyOptions { seeds: Some(3), ..StudyOptions::default() };
/// let result = run(study, &options, &false.into(), &lab::Lab::default())?;
/// match result.comparison {
///     Some(compared) => println!("{}", compared.report.display()),
///     None => println!("{}", result.members.sentence()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a recipe is refused, a training fails, or the images of the models differ in shape.
pub fn run(study: Study, options: &StudyOptions, stop: &AtomicBool, lab: &Lab) -> Result<StudyResult, Error> {
    let plan = StudyPlan::new(study, options, lab)?;
    let mine = plan.selected(&options.selection)?;
    let first = &plan.members[0].recipe.data;
    let test = options.dirs.open(first, lab)?;
    std::fs::create_dir_all(&plan.folder).map_err(|error| {
        Error::fault(format!("{}: cannot create the folder: {error}", plan.folder.display()))
    })?;
    atomic_write(plan.folder.join("study.toml"), plan.study.to_toml()?.as_bytes())?;
    tell_cost(&plan, &mine, &test, lab)?;
    let mut worker = Worker {
        mlflow: options.mlflow.as_ref(),
        dirs: &options.dirs,
        stop,
        lab,
        monitor: plan.rule().map(|rule| rule.monitor()).unwrap_or_default(),
        shape: test.test.shape(),
        opened: (first.clone(), test.clone()),
    };
    let interrupted = train(&plan, &mine, &mut worker)?;
    let members = MemberStates::of(&plan)?;
    let mut result = StudyResult { folder: plan.folder.clone(), members, comparison: None, interrupted };
    // Who ends last compares.
    let is_last = result.members.are_final()
        || options.selection.is_all()
            && result.members.count("at work") + result.members.count("waiting") == 0;
    if interrupted.is_none() && is_last {
        result.comparison = comparing::compare(&plan, options.selection.is_all(), &test, &worker)?;
    }
    Ok(result)
}

/// Trains what is `mine` as far as it goes without the others. Returns the member that was interrupted, from 1.
fn train(plan: &StudyPlan, mine: &[bool], worker: &mut Worker<'_>) -> Result<Option<usize>, Error> {
    let lab = worker.lab;
    let mut before = None;
    let mut has_told = false;
    for round in 0.. {
        let (records, standings) = stand(plan)?;
        let mut has_worked = false;
        for (at, member) in plan.members.iter().enumerate().filter(|(at, _)| mine[*at]) {
            let place = format_args!("{} of {}: {}", at + 1, plan.members.len(), member.name).to_string();
            match &standings[at] {
                Standing::Due(to) => {
                    if worker.is_stopped() {
                        return Ok(Some(at + 1));
                    }
                    match worker.attempt(member, *to, &place)? {
                        Attempt::Done => has_worked = true,
                        Attempt::Busy(holder) if round == 0 => lab.note(holder),
                        Attempt::Busy(_) => {}
                        Attempt::Interrupted => return Ok(Some(at + 1)),
                    }
                }
                Standing::Complete if round == 0 => {
                    lab.note(format_args!("complete: {}", member.folder.display()))
                }
                Standing::Stopped(reason) => worker.note_stop(member, &records[at], reason)?,
                _ => {}
            }
        }
        let is_mine_left = |(at, standing): (usize, &Standing)| {
            mine[at] && matches!(standing, Standing::Due(_) | Standing::Waiting(_))
        };
        if !standings.iter().enumerate().any(is_mine_left) {
            break;
        }
        if has_worked {
            continue;
        }
        if plan.rule().is_none() {
            break; // others train the rest
        }
        let at_work = others_at_work(plan, &standings);
        if at_work == 0 && before.as_ref() == Some(&standings) {
            break; // nobody who could be waited for
        }
        if at_work > 0 {
            if !has_told {
                lab.note(format_args!("waiting for {} that other processes train", count(at_work, "member")));
                has_told = true;
            }
            if worker.is_stopped() {
                return Ok(standings.iter().enumerate().position(is_mine_left).map(|at| at + 1));
            }
            worker.wait();
        }
        before = Some(standings);
    }
    Ok(None)
}

/// Members that are due, and that other processes train.
fn others_at_work(plan: &StudyPlan, standings: &[Standing]) -> usize {
    let due = plan.members.iter().zip(standings).filter(|(_, standing)| matches!(standing, Standing::Due(_)));
    due.filter(|(member, _)| RunLock::holder(&member.folder).is_some()).count()
}

/// Says how much there is to train, and how long it takes.
fn tell_cost(plan: &StudyPlan, mine: &[bool], splits: &Splits, lab: &Lab) -> Result<(), Error> {
    let (_, standings) = stand(plan)?;
    let is_open = |at: &usize| mine[*at] && matches!(standings[*at], Standing::Due(_) | Standing::Waiting(_));
    let open: Vec<usize> = (0..plan.members.len()).filter(is_open).collect();
    let all = count(plan.members.len(), "training");
    let of = format!("{} × {}", count(plan.models.len(), "model"), count(plan.study.seeds.into(), "seed"));
    if open.is_empty() {
        lab.note(format_args!("{all} ({of}), of which none is left to this call"));
        return Ok(());
    }
    let members: Vec<&StudyMember> = open.iter().map(|at| &plan.members[*at]).collect();
    let cost = StudyCost::estimate(&members, splits, lab)?;
    let limit = if plan.rule().is_some() { "at most " } else { "" };
    lab.note(format_args!(
        "{all} ({of}), {} left to this call: {limit}about {} on {}",
        members.len(),
        duration(cost.all),
        count(lab.threads(), "thread")
    ));
    Ok(())
}
