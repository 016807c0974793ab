//! Functions do the same with parts of them taken out.

use super::*;
use wasmi::{Engine, Linker, Store, Val};

/// Functions of two numbers in which parts are left by their end, by branches with and without values, out of loops and
/// back to their beginning, by tables and by returns, and set locals that are read behind them.
const FUNCTIONS: &str = r#"(module
  (global $calls (mut i32) (i32.const 0))
  (func (export "loops") (param $n i32) (param $m i32) (result i32)
    (local $sum i32) (local $i i32)
    (block $out
      (loop $again
        (br_if $out (i32.ge_u (local.get $i) (i32.const 9)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (if (i32.and (local.get $i) (i32.const 1))
          (then
            (local.set $sum (i32.add (local.get $sum) (local.get $n)))
            (br_if $again (i32.lt_u (local.get $sum) (local.get $m)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $out (i32.eq (local.get $n) (local.get $i))))
          (else
            (local.set $sum (i32.xor (local.get $sum) (i32.const 5)))
            (br_if $again (i32.and (local.get $sum) (i32.const 4)))
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))))
        (br $again)))
    (i32.add (local.get $sum) (i32.mul (local.get $n) (global.get $calls))))
  (func (export "tables") (param $n i32) (param $m i32) (result i32)
    (local $x i32)
    (block $c
      (block $b
        (block $a
          (br_if $a (i32.gt_u (local.get $m) (i32.const 6)))
          (local.set $x (i32.const 7))
          (block $inner
            (br_table $a $inner $b $c $b $a (local.get $n)))
          (local.set $x (i32.add (local.get $x) (local.get $m)))
          (br_if $c (i32.eq (local.get $m) (i32.const 3)))
          (return (i32.mul (local.get $x) (i32.const 3))))
        (local.set $x (i32.add (local.get $x) (i32.const 100))))
      (br_if $c (i32.eqz (local.get $m)))
      (local.set $x (i32.add (local.get $x) (i32.const 1000))))
    (local.get $x))
  (func (export "values") (param $n i32) (param $m i32) (result i32)
    (local $x i64)
    (local.set $x (i64.extend_i32_u (local.get $n)))
    (i32.add
      (block $value (result i32)
        (drop (br_if $value (i32.const 40) (i32.eq (local.get $n) (i32.const 2))))
        (local.set $x (i64.mul (local.get $x) (i64.const 3)))
        (if (result i32) (i32.lt_u (local.get $m) (local.get $n))
          (then
            (local.set $x (i64.sub (local.get $x) (i64.const 1)))
            (i32.mul (local.tee $m (i32.add (local.get $m) (i32.const 2))) (local.get $m)))
          (else (br $value (i32.const 50)))))
      (i32.add (local.get $m) (i32.wrap_i64 (local.get $x)))))
)"#;

/// What each function gives for small numbers.
fn answers(wasm: &[u8]) -> Vec<i32> {
    let engine = Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut answers = Vec::new();
    for name in ["loops", "tables", "values"] {
        for n in 0..7 {
            for m in 0..8 {
                let mut store = Store::new(&engine, ());
                let linker = Linker::new(&engine);
                let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
                let function = instance.get_func(&store, name).unwrap();
                let mut result = [Val::I32(0)];
                let arguments = [Val::I32(n), Val::I32(m)];
                function.call(&mut store, &arguments, &mut result).unwrap();
                answers.push(result[0].i32().unwrap());
            }
        }
    }
    answers
}

/// The module with what is not in `ran`, which says so of each place's number, taken out of one of its functions; and how
/// many parts that were.
fn without(whole: &[u8], function: usize, ran: &dyn Fn(usize) -> bool) -> (Vec<u8>, usize) {
    let mut module = Module::from_buffer(whole).unwrap();
    let (id, body) = module.funcs.iter_local().nth(function).unwrap();
    let all = places(body).into_iter().enumerate();
    let ran = all.filter_map(|(number, place)| ran(number).then_some(place));
    let ran = ran.collect();
    let before = module.funcs.iter().count();
    outline(&mut module, id, &ran, 0);
    let parts = module.funcs.iter().count() - before;
    (module.emit_wasm(), parts)
}

#[test]
fn functions_do_the_same_with_any_part_taken_out() {
    let whole = wat::parse_str(FUNCTIONS).unwrap();
    let expected = answers(&whole);
    let mut parts = 0;
    for function in 0..3 {
        let module = Module::from_buffer(&whole).unwrap();
        let (_, body) = module.funcs.iter_local().nth(function).unwrap();
        for place in 0..places(body).len() {
            let alone: &dyn Fn(usize) -> bool = &|number| number != place;
            let all_behind: &dyn Fn(usize) -> bool = &|number| number < place;
            for ran in [alone, all_behind] {
                let (outlined, count) = without(&whole, function, ran);
                assert_eq!(answers(&outlined), expected, "{function} without {place}");
                parts += count;
            }
        }
    }
    assert!(parts > 30, "only {parts} parts could be taken out");
}
