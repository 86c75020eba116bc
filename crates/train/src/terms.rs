//! Loss terms by name, as events and reports hold them.

use network::{Network, Term, TermRole, Terms};

/// The terms that `network`'s loss has, by name: the total and its summands.
pub fn named_terms(terms: &Terms, network: &Network) -> run::Terms {
    let reported = network.terms().filter(|term| term.description().role != TermRole::Aside);
    reported.map(|term| (term.name().to_owned(), terms[term])).collect()
}

/// The terms among `named` in the order of tables: the total first.
pub fn ordered_terms(named: &run::Terms) -> impl Iterator<Item = (Term, f64)> {
    Term::ALL.iter().filter_map(|term| Some((*term, *named.get(term.name())?)))
}

/// The names of what is told apart among `named`: the total, and its summands where there is more than one.
pub fn distinct_terms(named: &run::Terms) -> Vec<&'static str> {
    let names: Vec<_> = ordered_terms(named).map(|(term, _)| term.name()).collect();
    if names.len() > 2 { names } else { vec![Term::Total.name()] }
}

/// `reconstruction 94.1, kl 18.2`: the summands among `named`.
pub(crate) fn list_summands(named: &run::Terms) -> String {
    let summands = ordered_terms(named).filter(|(term, _)| term.is_summand());
    summands.map(|(term, value)| format!("{} {value}", term.name())).collect::<Vec<_>>().join(", ")
}

/// Whether every term is a number.
pub(crate) fn are_finite(terms: &Terms) -> bool {
    Term::ALL.iter().all(|term| terms[*term].is_finite())
}
