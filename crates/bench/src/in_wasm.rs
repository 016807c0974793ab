//! The door for `node.mjs`, which gives the clock and reads the samples.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::row::Row;

#[wasm_bindgen]
extern "C" {
    /// CPU time that Node has used, in seconds.
    #[wasm_bindgen(js_name = cpuSeconds)]
    fn cpu_seconds() -> f64;
}

/// Measures the row of this number once: how many operations, and in how many seconds. Empty where
/// there is no such row, or the model refuses an operation.
#[wasm_bindgen]
pub fn sample(row: usize) -> Vec<f64> {
    let row = Row::ALL.get(row);
    let sample = row.and_then(|row| crate::sample(*row, &cpu_seconds));
    sample.map_or_else(Vec::new, |sample| {
        vec![sample.operations as f64, sample.seconds]
    })
}
