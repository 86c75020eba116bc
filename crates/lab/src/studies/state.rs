//! How the members of a study stand, as people and programs are told.

use run::{RunLock, Status};
use serde_json::{Value, json};

use crate::error::Error;
use crate::numbers::count;
use crate::studies::members::StudyPlan;
use crate::studies::standing::{Standing, stand};

/// How a member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Trained to its end.
    Complete,
    /// Ended by the study's rule, and why; its run can be resumed.
    Stopped(String),
    /// Its training diverged, and how.
    Failed(String),
    /// Another process trains it, as that one says of itself.
    AtWork(String),
    /// It has come to a rung, this epoch, that others have not come to.
    Waiting(u64),
    /// It was cut short after this epoch, and goes on.
    CutShort(u64),
    /// It has not begun.
    Missing,
}

/// How all members of a study stand, by name.
pub struct MemberStates(pub Vec<(String, MemberState)>);

impl MemberState {
    /// In one word, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Stopped(_) => "stopped",
            Self::Failed(_) => "failed",
            Self::AtWork(_) => "at work",
            Self::Waiting(_) => "waiting",
            Self::CutShort(_) => "cut short",
            Self::Missing => "missing",
        }
    }

    /// What is behind the word.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Stopped(text) | Self::Failed(text) | Self::AtWork(text) => Some(text.clone()),
            Self::Waiting(rung) => Some(format!("at epoch {rung}, for the others")),
            Self::CutShort(epoch) => Some(format!("after epoch {epoch}")),
            Self::Complete | Self::Missing => None,
        }
    }

    /// Whether there is nothing left to train.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Complete | Self::Stopped(_) | Self::Failed(_))
    }
}

impl MemberStates {
    /// Of the members of `plan`, as their folders say now.
    ///
    /// # Errors
    /// If one of their runs cannot be read.
    pub fn of(plan: &StudyPlan) -> Result<Self, Error> {
        let (records, standings) = stand(plan)?;
        let states = plan.members.iter().zip(records).zip(standings).map(|((member, record), standing)| {
            let state = match standing {
                Standing::Complete => MemberState::Complete,
                Standing::Stopped(reason) => MemberState::Stopped(reason),
                Standing::Failed(reason) => MemberState::Failed(reason),
                Standing::Waiting(rung) => MemberState::Waiting(rung),
                Standing::Due(_) => match (RunLock::holder(&member.folder), record.status) {
                    (Some(holder), _) => MemberState::AtWork(holder),
                    (None, Some(Status::Running | Status::Interrupted)) => {
                        MemberState::CutShort(record.epochs())
                    }
                    (None, _) => MemberState::Missing,
                },
            };
            (member.name.clone(), state)
        });
        Ok(Self(states.collect()))
    }

    /// Whether there is nothing left to train.
    pub fn are_final(&self) -> bool {
        self.0.iter().all(|(_, state)| state.is_final())
    }

    /// How many are in a state of this word.
    pub fn count(&self, word: &str) -> usize {
        self.0.iter().filter(|(_, state)| state.word() == word).count()
    }

    /// How many are complete, and what is with the others: `7 of 12 members are complete, 4 at work, 1 missing`.
    pub fn sentence(&self) -> String {
        let all = count(self.0.len(), "member");
        let mut text = format!("{} of {all} complete", self.count("complete"));
        for word in ["stopped", "failed", "at work", "waiting", "cut short", "missing"] {
            if let n @ 1.. = self.count(word) {
                text += &format!(", {n} {word}");
            }
        }
        text
    }

    /// The names of the members in each state, for programs.
    pub fn json(&self) -> Value {
        let mut states = json!({});
        for (name, state) in &self.0 {
            if let Value::Array(names) = states[state.word()].take() {
                states[state.word()] = [names, vec![name.clone().into()]].concat().into();
            } else {
                states[state.word()] = json!([name]);
            }
        }
        states
    }
}
