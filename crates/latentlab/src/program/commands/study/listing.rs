//! `study NAME --list`: every training of a study.

use crate::lab::numbers::table;
use crate::lab::shell::quoted;
use crate::lab::studies::{MemberStates, StudyOptions, StudyPlan};
use crate::train::Study;
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

use super::arguments::Arguments;

/// A line for each training that is asked for: name, settings, how it stands, and its command.
pub fn outcome(
    study: Study,
    options: &StudyOptions,
    arguments: &Arguments,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let plan = StudyPlan::new(study, options, &settings.lab)?;
    let selected = plan.selected(&options.selection)?;
    let states = MemberStates::of(&plan)?;
    let mut rows = vec![["member", "settings", "state", "command"].map(String::from).to_vec()];
    let mut entries = Vec::new();
    let again = arguments.again();
    for ((member, (name, state)), _) in plan.members.iter().zip(&states.0).zip(selected).filter(|(_, is)| *is)
    {
        let mut set = plan.models[member.model].set.clone();
        set.push(format!("seed={}", member.recipe.seed));
        let words = ["latentlab".to_owned()].into_iter().chain(again.iter().cloned());
        let words = words.chain(["--only".to_owned(), name.clone()]);
        let command: Vec<String> = words.map(|word| quoted(word.as_ref())).collect();
        let command = command.join(" ");
        let detail = state.detail();
        let shown =
            [state.word().to_owned()].into_iter().chain(detail.clone()).collect::<Vec<_>>().join(": ");
        rows.push(vec![name.clone(), set.join(" "), shown, command.clone()]);
        entries.push(json!({
            "name": name,
            "model": plan.models[member.model].name,
            "settings": set,
            "state": state.word(),
            "detail": detail,
            "run": member.folder.display().to_string(),
            "command": command,
        }));
    }
    let text = format!("{}\n{}\n", table(&rows), states.sentence());
    let json =
        json!({ "study": plan.study.name, "folder": plan.folder.display().to_string(), "members": entries });
    Ok(Outcome::answer(text, json))
}
