//! The real Linux answers the same to the same: only then can it judge the model.

use oracle::differential::{Pair, Thoroughness};
use oracle::generator::Generator;
use oracle::linux::Linux;
use oracle::machine::Machine;
use oracle::model::Model;

#[test]
fn two_linuxes_agree_on_every_observable() {
    if let Some(why) = Linux::unavailable() {
        println!("no oracle here: {why}");
        return;
    }
    let (mut one, mut other) = (Linux::empty().unwrap(), Linux::empty().unwrap());
    let mut pair = Pair {
        model: &mut one,
        linux: &mut other,
        thoroughness: Thoroughness::Every(6),
    };
    // It says what would block them.
    let mut model = Model::new();
    for seed in 0..200 {
        let mut generator = Generator::new(seed, &[]);
        pair.reset();
        model.reset();
        for index in 0..60 {
            let operation = generator.operation();
            let told = model.apply(&operation);
            if !told.is_done() {
                generator.learn(&operation, &told);
                continue;
            }
            let (answer, difference) = pair.step(index, &operation);
            assert_eq!(difference, None, "seed {seed}, {index}: {operation}");
            generator.learn(&operation, &answer);
        }
    }
}
