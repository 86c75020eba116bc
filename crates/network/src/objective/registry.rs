//! The list of terms, and what is made of it.

use serde::{Deserialize, Serialize};

use super::code_l1::{self, CodeL1};
use super::code_l2::{self, CodeL2};
use super::kl::{self, Kl};
use super::mmd::{self, Mmd};
use super::reconstruction::{self, Reconstruction};
use super::ssim::{self, MsSsim, Ssim};
use super::term_rule::{ANY, Codes, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts};
use crate::shape::Shape;

const TOTAL: TermDescription = TermDescription {
    name: "total",
    measures: "sum of the loss terms, per image",
    unit: "nats",
    range: ANY,
    is_lower_better: true,
    source: "the run's objective",
    role: TermRole::Total,
    codes: Codes::Any,
};

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Of each entry: what a recipe writes under which key, and the terms that are reported of it, in the order of tables.
macro_rules! define {
    ($($(#[$attribute:meta])* $key:ident: $rule:ident => $($term:ident = $description:path),+;)*) => {
        /// The terms of a loss as a recipe writes them.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Objective {
            $(
                #[doc = concat!("`", stringify!($key), "`")]
                $(#[$attribute])*
                pub $key: $rule,
            )*
        }

        /// A term of a loss: what [`TermValues`](super::TermValues) and [`Terms`](super::Terms) are indexed by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Term {
            /// What is minimised: the sum of the summands.
            Total,
            $($(
                #[doc = concat!("`", stringify!($key), "`; see its [description](Term::description).")]
                $term,
            )+)*
        }

        impl Term {
            /// Every term: the total, then the others in the order of tables.
            pub const ALL: &'static [Term] = &[Term::Total, $($(Term::$term),+),*];

            /// How it is read.
            pub fn description(self) -> &'static TermDescription {
                match self {
                    Term::Total => &TOTAL,
                    $($(Term::$term => &$description,)+)*
                }
            }
        }

        impl Objective {
            /// What says how a term is computed; `None` of the total.
            fn rule(&self, term: Term) -> Option<&dyn TermRule> {
                match term {
                    Term::Total => None,
                    $($(Term::$term)|+ => Some(&self.$key),)*
                }
            }
        }
    };
}

define! {
    reconstruction: Reconstruction => Reconstruction = reconstruction::TERM;
    #[serde(default)] kl: Kl => Kl = kl::TERM, KlNats = kl::NATS;
    #[serde(default, skip_serializing_if = "is_default")] code_l1: CodeL1 => CodeL1 = code_l1::TERM;
    #[serde(default, skip_serializing_if = "is_default")] code_l2: CodeL2 => CodeL2 = code_l2::TERM;
    #[serde(default, skip_serializing_if = "is_default")] mmd: Mmd => Mmd = mmd::TERM;
    #[serde(default, skip_serializing_if = "is_default")] ssim_loss: Ssim => Ssim = ssim::TERM;
    #[serde(default, skip_serializing_if = "is_default")] ms_ssim_loss: MsSsim => MsSsim = ssim::MS_TERM;
}

impl Term {
    /// The term of that name.
    ///
    /// ```
    /// use network::Term;
    /// assert_eq!(Term::named("kl"), Some(Term::Kl));
    /// assert_eq!(Term::named("elbo"), None);
    /// ```
    pub fn named(name: &str) -> Option<Term> {
        Term::ALL.iter().copied().find(|term| term.name() == name)
    }

    /// Its name in events, tables and JSON.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// Whether it adds to the total.
    pub fn is_summand(self) -> bool {
        self.description().role == TermRole::Summand
    }

    /// The terms that add up to the total.
    pub fn summands() -> impl Iterator<Item = Term> {
        Term::ALL.iter().copied().filter(|term| term.is_summand())
    }
}

impl Objective {
    /// The terms that a loss has on a code with a posterior, or one without, in the order of tables: the total, its
    /// summands, and what is measured besides.
    pub fn terms(&self, is_variational: bool) -> impl Iterator<Item = Term> {
        let is_on = move |term: &Term| self.rule(*term).is_none_or(TermRule::is_on);
        let fits = move |term: &Term| term.description().codes.include(is_variational);
        Term::ALL.iter().copied().filter(fits).filter(is_on)
    }

    /// What the sum over the values of an image, or over latent dimensions, is multiplied with: reduction and weight of a
    /// summand, 1 of another term.
    pub fn weight(&self, term: Term, values: ValueCounts) -> f64 {
        let rule = self.rule(term).filter(|_| term.is_summand());
        rule.map_or(1.0, |rule| rule.weight(values))
    }

    /// Whether output and target are compared by their structure besides value by value.
    pub fn compares_structure(&self) -> bool {
        self.ssim_loss.is_on() || self.ms_ssim_loss.is_on()
    }

    /// Checks every number, for images of shape `input`.
    ///
    /// # Errors
    /// The first that is not allowed.
    pub(crate) fn check(&self, input: Shape, is_variational: bool) -> Result<(), ObjectiveError> {
        Term::summands()
            .filter_map(|term| self.rule(term))
            .try_for_each(|rule| rule.check(is_variational))?;
        ssim::check_sides("objective.ssim_loss", self.ssim_loss.0, input)?;
        ssim::check_sides("objective.ms_ssim_loss", self.ms_ssim_loss.0, input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_can_be_read() {
        for term in Term::ALL {
            let TermDescription { name, measures, unit, range, source, .. } = term.description();
            assert!(
                !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            );
            assert_eq!(Term::named(name), Some(*term));
            assert!(measures.len() > 10 && !measures.ends_with('.'), "{name}");
            assert!(!unit.is_empty() && !source.is_empty() && range.start() < range.end(), "{name}");
        }
        assert_eq!(Term::ALL[0], Term::Total);
    }

    #[test]
    fn a_summand_is_called_as_its_key() {
        let message = serde_json::from_str::<Objective>(r#"{ "zzz": 1 }"#).unwrap_err().to_string();
        let keys: Vec<_> = message.split('`').skip(3).step_by(2).collect();
        assert_eq!(keys, Term::summands().map(Term::name).collect::<Vec<_>>(), "{message}");
    }

    #[test]
    fn a_loss_has_the_terms_that_are_asked_for_and_fit_its_code() {
        let of = |objective: Objective, is_variational| objective.terms(is_variational).collect::<Vec<_>>();
        let (usual, sparse) =
            (Objective::default(), Objective { code_l1: CodeL1(0.5), ..Objective::default() });
        assert_eq!(of(usual, true), [Term::Total, Term::Reconstruction, Term::Kl, Term::KlNats]);
        assert_eq!(of(usual, false), [Term::Total, Term::Reconstruction]);
        assert_eq!(of(sparse, false), [Term::Total, Term::Reconstruction, Term::CodeL1]);
        let small = Objective { code_l2: CodeL2(0.5), ..Objective::default() };
        assert_eq!(of(small, true)[2..], [Term::Kl, Term::KlNats, Term::CodeL2]);
    }
}
