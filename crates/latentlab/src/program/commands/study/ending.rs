//! What a study says when it ends.

use crate::lab::studies::StudyResult;
use serde_json::json;

use crate::program::outcome::Outcome;

/// What came of a study.
pub fn outcome(result: StudyResult) -> Outcome {
    let StudyResult { folder, members, comparison, interrupted } = result;
    let (folder, all) = (folder.display(), members.0.len());
    if let Some(number) = interrupted {
        let text = format!(
            "interrupted in training {number} of {all}; the same command goes on with it\n  {folder}\n"
        );
        let json = json!({ "status": "interrupted", "training": number, "trainings": all });
        return Outcome::done(text, json).with("members", members.json()).interrupted(true);
    }
    let mut lines = String::new();
    if members.count("complete") < all {
        lines += &format!("{}\n", members.sentence());
        for (name, state) in
            members.0.iter().filter(|(_, state)| !matches!(state.word(), "complete" | "stopped"))
        {
            let detail = state.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            lines += &format!("  {}: {name}{detail}\n", state.word());
        }
        if !members.are_final() {
            lines += "the same command goes on with what is left, and compares once all are complete\n";
        }
    }
    let is_failed = members.count("failed") > 0;
    let outcome = match &comparison {
        Some(compared) => Outcome::comparison(compared).with_text(&lines),
        None => {
            let last = match members.are_final() {
                true => format!("{}; compared in\n  {folder}\n", members.sentence()),
                false => format!("{lines}  {folder}\n"),
            };
            let status = if members.are_final() { "complete" } else { "partial" };
            Outcome::done(last, json!({ "status": status, "folder": folder.to_string() }))
        }
    };
    outcome.with("members", members.json()).failed(is_failed)
}
