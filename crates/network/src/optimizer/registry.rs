//! The list of update rules, and what is made of it.

use serde::{Deserialize, Serialize};

use super::*;

/// Calls a macro with the list of update rules: a variant of [`Optimizer`], its type, its name in recipes.
#[macro_export]
macro_rules! optimizers {
    ($with:path) => {
        $with! {
            Adam, "adam";
            AdamW, "adamw";
            Adamax, "adamax";
            Lion, "lion";
            Sgd, "sgd";
            RmsProp, "rmsprop";
            Adadelta, "adadelta";
        }
    };
}

macro_rules! define {
    ($($rule:ident, $kind:literal;)*) => {
        /// The update rule. The learning rate comes with every step, so that a schedule can move it.
        ///
        /// ```
        /// use network::{Lion, Optimizer};
        /// let optimizer: Optimizer = serde_json::from_str(r#"{"kind": "lion", "beta_1": 0.95}"#)?;
        /// assert_eq!(optimizer, Optimizer::Lion(Lion { beta_1: 0.95, beta_2: 0.99, weight_decay: 0.0 }));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Optimizer {
            $(
                #[doc = concat!("`", $kind, "`")]
                #[serde(rename = $kind)]
                $rule($rule),
            )*
        }

        impl Optimizer {
            /// The name used in recipes.
            pub fn name(&self) -> &'static str {
                match self { $(Optimizer::$rule(_) => <$rule as OptimizerRule>::KIND,)* }
            }

            /// The names of the buffers it keeps, each of the parameters' length and order.
            pub fn slots(&self) -> &'static [&'static str] {
                match self { $(Optimizer::$rule(rule) => rule.slots(),)* }
            }

            /// Checks every number.
            ///
            /// # Errors
            /// The first number out of range.
            pub fn check(&self) -> Result<(), Refusal> {
                match self { $(Optimizer::$rule(rule) => rule.check(),)* }
            }

            /// What all updates of step `step`, counted from 1, share.
            pub fn rate(&self, learning_rate: f64, step: u64) -> StepRate {
                let corrected = match self { $(Optimizer::$rule(rule) => rule.corrected(learning_rate, step),)* };
                StepRate { learning_rate, corrected }
            }

            /// Rules of every kind; see [`OptimizerRule::examples`].
            pub fn examples() -> Vec<Optimizer> {
                let mut all = Vec::new();
                $(all.extend(<$rule as OptimizerRule>::examples().into_iter().map(Optimizer::$rule));)*
                all
            }
        }

        $(
            impl From<$rule> for Optimizer {
                fn from(rule: $rule) -> Self {
                    Optimizer::$rule(rule)
                }
            }
        )*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn the_list_names_rules_as_their_files_do() {
                $(assert_eq!(<$rule as OptimizerRule>::KIND, $kind);)*
            }
        }
    };
}

optimizers!(define);

impl Default for Optimizer {
    fn default() -> Self {
        Adam::default().into()
    }
}
