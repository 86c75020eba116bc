//! Terms of the objective.

use super::*;

#[test]
fn every_term_of_an_objective_has_a_subject() {
    let subjects = subjects();
    for term in Term::ALL {
        assert!(subjects.iter().any(|subject| subject.network.terms().any(|has| has == *term)), "{term:?}");
    }
}

/// A posterior's mean is what is decoded without noise.
#[test]
fn penalties_are_sums_over_the_code() {
    const IMAGES: usize = 11;
    type Penalty = fn(f64) -> f64;
    let penalties: [(Term, Penalty); 2] = [(Term::CodeL1, f64::abs), (Term::CodeL2, |z| z * z / 2.0)];
    for subject in subjects() {
        let has = |term: Term| subject.network.terms().any(|has| has == term);
        for (term, penalty) in penalties.into_iter().filter(|(term, _)| has(*term)) {
            let mut executor = executor::<f64>(&subject, IMAGES, 2, Isa::Plain);
            let (x, _) = batch::<f64>(&subject, IMAGES);
            let values =
                ValueCounts { image: subject.network.input.len(), code: executor.code_shape().len() };
            let mut codes = vec![0.0; IMAGES * values.code];
            executor.encode(&Images(&x), IMAGES, &mut codes, None);
            executor.evaluate(&Images(&x), IMAGES, Noise::Mean);
            for (terms, code) in executor.image_terms(IMAGES).iter().zip(codes.chunks(values.code)) {
                let sum: f64 = code.iter().map(|z| penalty(*z)).sum();
                let want = subject.network.objective.weight(term, values) * sum;
                assert!(
                    (terms[term] - want).abs() <= 1e-12 * want,
                    "{}: {} but {want}",
                    subject.name,
                    terms[term]
                );
            }
        }
    }
}
