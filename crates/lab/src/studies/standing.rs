//! What is to be done with each member, as their records say.

use train::{Monitor, StopRule, lowest_loss};

use crate::error::Error;
use crate::numbers::value;
use crate::studies::members::StudyPlan;
use crate::studies::record::Record;

/// What is to be done with a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is to be trained to this epoch.
    Due(u64),
    /// It has come to a rung, this epoch, that others have not come to.
    Waiting(u64),
    /// Nothing: it is complete.
    Complete,
    /// Nothing: the rule of the study ended it, and why.
    Stopped(String),
    /// Nothing: it diverged, and how.
    Failed(String),
}

/// What every member recorded, and what is to be done with it.
///
/// # Errors
/// If the run of one cannot be read.
pub fn stand(plan: &StudyPlan) -> Result<(Vec<Record>, Vec<Standing>), Error> {
    let monitor = plan.rule().map_or(Monitor::default(), |rule| rule.monitor());
    let records: Vec<Record> =
        plan.members.iter().map(|member| Record::read(member, monitor)).collect::<Result<_, _>>()?;
    let epochs: Vec<u64> = plan.members.iter().map(|member| member.recipe.training.epochs).collect();
    let standings = standings(&records, &epochs, plan.rule());
    Ok((records, standings))
}

/// What is to be done with each member, of which `epochs` are to be trained in all. A function of what they recorded only,
/// and once a rung is decided no later record changes it.
fn standings(records: &[Record], epochs: &[u64], rule: Option<StopRule>) -> Vec<Standing> {
    let own = |member: usize| match &records[member] {
        record if record.is_complete() => Standing::Complete,
        record => match record.divergence() {
            Some(reason) => Standing::Failed(reason.to_owned()),
            None => Standing::Due(epochs[member]),
        },
    };
    let mut all: Vec<Standing> = (0..records.len()).map(own).collect();
    let Some(rule) = rule else { return all };
    let mut left: Vec<usize> = (0..records.len()).collect();
    for rung in rule.rungs(epochs.iter().copied().max().unwrap_or(0)) {
        let goal = |member: usize| rung.min(epochs[member]);
        if left.iter().any(|member| !records[*member].has_come_to(goal(*member))) {
            for member in left {
                if matches!(all[member], Standing::Due(_)) {
                    let has_come = records[member].has_come_to(goal(member));
                    all[member] =
                        if has_come { Standing::Waiting(rung) } else { Standing::Due(goal(member)) };
                }
            }
            return all;
        }
        let losses: Vec<Vec<f64>> = left.iter().map(|member| records[*member].losses_to(rung)).collect();
        let survives = rule.survivors(&losses.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let kept = survives.iter().filter(|survives| **survives).count();
        for ((member, losses), survives) in left.iter().zip(&losses).zip(&survives) {
            if !survives && matches!(all[*member], Standing::Due(_)) {
                let (lowest, of) = (value(lowest_loss(losses)), left.len());
                let reason = format!(
                    "the study's rule at epoch {rung}: {kept} of {of} go on, and its lowest loss, {lowest}, is not among theirs"
                );
                all[*member] = Standing::Stopped(reason);
            }
        }
        let mut survives = survives.into_iter();
        left.retain(|_| survives.next().unwrap_or_default());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use run::{EarlyEnd, EndCause, Status};

    const RULE: Option<StopRule> =
        Some(StopRule::Halving { first: 1, factor: 2, monitor: Monitor::ValidTotal });

    fn record(status: Status, losses: &[f64]) -> Record {
        Record { status: Some(status), early_end: None, losses: losses.to_vec() }
    }

    fn paused(losses: &[f64]) -> Record {
        record(Status::Interrupted, losses)
    }

    #[test]
    fn nobody_passes_a_rung_before_all_have_come() {
        let records = [paused(&[3.0]), Record::default(), paused(&[1.0]), paused(&[2.0])];
        let expected = [Standing::Waiting(1), Standing::Due(1), Standing::Waiting(1), Standing::Waiting(1)];
        assert_eq!(standings(&records, &[4; 4], RULE), expected);
        assert_eq!(standings(&records, &[4; 4], None), vec![Standing::Due(4); 4]);
    }

    #[test]
    fn the_best_half_goes_on_whatever_else_is_known_by_then() {
        let mut records = vec![paused(&[3.0]), paused(&[4.0]), paused(&[1.0]), paused(&[2.0])];
        let now = standings(&records, &[4; 4], RULE);
        assert!(matches!(now[..2], [Standing::Stopped(_), Standing::Stopped(_)]), "{now:?}");
        assert_eq!(now[2..], [Standing::Due(2), Standing::Due(2)]);
        // What is recorded later, of whomever, changes no decision.
        records[0].losses.push(0.0);
        records[3].losses.push(0.5);
        let later = standings(&records, &[4; 4], RULE);
        assert_eq!((&later[..2], &later[2..]), (&now[..2], &[Standing::Due(2), Standing::Waiting(2)][..]));
        records[2].losses.push(0.7);
        let last = standings(&records, &[4; 4], RULE);
        assert!(matches!(last[2], Standing::Stopped(_)) && last[3] == Standing::Due(4), "{last:?}");
        records[3].status = Some(Status::Completed);
        assert_eq!(standings(&records, &[4; 4], RULE)[3], Standing::Complete);
    }

    #[test]
    fn one_that_diverged_is_the_worst_from_there_on() {
        let early_end = Some(EarlyEnd { cause: EndCause::Divergence, reason: "NaN".into() });
        let diverged = Record { early_end, ..record(Status::Failed, &[0.1]) };
        let all = standings(&[diverged.clone(), paused(&[1.0])], &[4; 2], RULE);
        assert!(matches!(all[..], [Standing::Failed(_), Standing::Stopped(_)]), "it led at epoch 1: {all:?}");
        let at_once = Record { losses: Vec::new(), ..diverged };
        assert_eq!(standings(&[at_once, paused(&[1.0])], &[4; 2], RULE)[1], Standing::Due(2));
    }

    /// A member that its own recipe ended is complete; it takes its place at the rungs all the same.
    #[test]
    fn short_members_are_complete() {
        let records = [record(Status::Completed, &[0.5]), paused(&[1.0])];
        let all = standings(&records, &[1, 4], RULE);
        assert!(all[0] == Standing::Complete && matches!(all[1], Standing::Stopped(_)), "{all:?}");
    }
}
