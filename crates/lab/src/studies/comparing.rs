//! The comparison of what is complete, which one process at a time makes.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data::Splits;
use run::{Error as RunError, RunLock};

use crate::comparison::{self, ComparisonResult, Member, Topic, compared_runs};
use crate::error::Error;
use crate::runs::Run;
use crate::studies::members::{StudyMember, StudyPlan};
use crate::studies::standing::{Standing, stand};
use crate::studies::work::Worker;

/// Compares what is complete; `None` where nothing is, or another process has done so: just now, or, unless `anew`, ever
/// since the last member was complete.
pub fn compare(
    plan: &StudyPlan,
    anew: bool,
    test: &Splits,
    worker: &Worker<'_>,
) -> Result<Option<ComparisonResult>, Error> {
    let mut has_waited = false;
    let _lock = loop {
        match RunLock::claim(&plan.folder) {
            Ok(lock) => break lock,
            Err(RunError::Locked { holder, .. } | RunError::Claimed { holder, .. }) => {
                if !has_waited {
                    worker.lab.note(format_args!("waiting for another process that compares: {holder}"));
                }
                has_waited = true;
            }
            Err(error) => return Err(error.into()),
        }
        if worker.is_stopped() {
            return Ok(None);
        }
        worker.wait();
    };
    // With the lock: what became complete meanwhile is compared, too.
    let (_, standings) = stand(plan)?;
    let is_complete = |at: usize| standings[at] == Standing::Complete;
    let complete: Vec<&StudyMember> = plan
        .members
        .iter()
        .enumerate()
        .filter(|(at, _)| is_complete(*at))
        .map(|(_, member)| member)
        .collect();
    if complete.is_empty() || ((has_waited || !anew) && is_current(&plan.folder, &complete)) {
        return Ok(None);
    }
    let mut members = Vec::new();
    for (index, model) in plan.models.iter().enumerate() {
        let mut runs = Vec::new();
        for member in complete.iter().filter(|member| member.model == index) {
            runs.push(Run::open(&member.folder, None, worker.lab)?);
        }
        if !runs.is_empty() {
            members.push(Member::new(model.name.clone(), runs, model.published.clone(), test, worker.lab)?);
        }
    }
    let study = &plan.study;
    let title = study.name.clone();
    let description = match study.description.as_str() {
        "" => String::new(),
        description => format!("{description}."),
    };
    let topic = Topic { title, description, show: study.show.clone() };
    comparison::compare(&topic, &mut members, test, &plan.folder, worker.lab).map(Some)
}

/// Whether the comparison in `folder` is of these members as they are.
fn is_current(folder: &Path, members: &[&StudyMember]) -> bool {
    let changed = |path: PathBuf| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    let page = changed(folder.join(comparison::REPORT));
    let manifests = members.iter().map(|member| changed(member.folder.join("manifest.json")));
    let mut names: Vec<PathBuf> = members.iter().map(|member| member.folder.clone()).collect();
    let mut compared = compared_runs(folder).unwrap_or_default();
    names.sort();
    compared.sort();
    page.is_some() && manifests.into_iter().all(|manifest| manifest <= page) && names == compared
}
