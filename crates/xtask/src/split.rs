//! Splitting the page's WebAssembly in two: what the first picture runs, and the rest.
//!
//! A function of the rest that the first module calls leaves a stub there: it has the rest fetched when it is not there yet
//! (`web/src/rest.rs`), and calls it through a slot that the rest fills when it is instantiated. Only whole functions move:
//! `outline.rs` makes such ones of what the first picture does not run in the functions that it runs.

use crate::outline::{WORTH, outline, places};
use anyhow::{Context, Result, bail};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use walrus::ir::{self, UnaryOp, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind,
    GlobalId, GlobalKind, ImportedFunction, Module, ModuleConfig, TableId, ValType,
};

/// The module as which the rest imports the first one, as `web/boot.js` names it.
const FIRST: &str = "first";
/// The global that is 1 when the rest is there, as `web/boot.js` names it.
const THERE: &str = "there";

/// The module with each place of its functions telling its number to the import `ran` of `profile` when it is first reached.
pub fn instrument(whole: &[u8]) -> Result<Vec<u8>> {
    let mut module = parse(whole)?;
    let takes_number = module.types.add(&[ValType::I32], &[]);
    let (ran, _) = module.add_import_func("profile", "ran", takes_number);
    let mut number = 0;
    for id in defined(&module) {
        let mut numbered = Vec::new();
        for place in places(module.funcs.get(id).kind.unwrap_local()) {
            let zero = ConstExpr::Value(ir::Value::I32(0));
            let told = module.globals.add_local(ValType::I32, true, false, zero);
            numbered.push((place, number, told));
            number += 1;
        }
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        // The last ones first: what is put in moves those behind it.
        numbered.sort_by_key(|((_, index), ..)| Reverse(*index));
        for ((sequence, index), number, told) in numbered {
            let mut sequence = function.builder_mut().instr_seq(sequence);
            sequence.if_else_at(
                index,
                None,
                |_| {},
                |first| {
                    first.i32_const(1).global_set(told);
                    first.i32_const(number).call(ran);
                },
            );
            sequence.instr_at(index, ir::GlobalGet { global: told });
        }
    }
    Ok(module.emit_wasm())
}

/// The module with what did not run taken out of the functions that did, and these functions.
fn outlined(whole: &[u8], ran: &BTreeSet<usize>) -> Result<(Module, HashSet<FunctionId>)> {
    let mut module = parse(whole)?;
    let mut all = HashSet::new();
    let mut number = 0;
    for id in defined(&module) {
        let function = module.funcs.get(id).kind.unwrap_local();
        let places = places(function);
        let numbers = number..number + places.len();
        number = numbers.end;
        // One without instructions cannot tell.
        let began = places.is_empty() || ran.contains(&numbers.start);
        if began {
            let numbered = places.into_iter().zip(numbers);
            let reached = numbered.filter(|(_, number)| ran.contains(number));
            let reached = reached.map(|(place, _)| place).collect();
            all.insert(id);
            outline(&mut module, id, &reached, WORTH);
        }
    }
    Ok((module, all))
}

/// The two modules.
pub struct Parts {
    /// Runs alone until it calls the other.
    pub first: Vec<u8>,
    /// Imports the first one's exports, and fills the slots.
    pub rest: Vec<u8>,
}

/// Moves what has no place whose number is in `ran` to a module of its own.
pub fn split(whole: &[u8], ran: &BTreeSet<usize>) -> Result<Parts> {
    let (mut module, hot) = outlined(whole, ran)?;
    let plan = Plan::new(&module, &hot)?;
    let rest = rest(outlined(whole, ran)?.0, &plan)?;
    make_first(&mut module, &plan)?;
    Ok(Parts {
        first: module.emit_wasm(),
        rest,
    })
}

fn parse(wasm: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config
        .generate_name_section(false)
        .generate_producers_section(false);
    config.parse(wasm)
}

/// The functions with a body, in the module's order, which numbers them.
fn defined(module: &Module) -> Vec<FunctionId> {
    module.funcs.iter_local().map(|(id, _)| id).collect()
}

/// What goes where. Functions are named by their place among all, which is the same each time the module is parsed.
struct Plan {
    /// The rest's functions that the first module calls or whose address is taken: one slot each, in this order.
    slots: Vec<usize>,
    /// What of the first module the rest calls.
    shared: Vec<usize>,
    /// The first slot, behind what the table holds.
    base: u64,
}

/// The functions that a body names.
#[derive(Default)]
struct Named(HashSet<FunctionId>);

impl Visitor<'_> for Named {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.0.insert(*function);
    }
}

impl Plan {
    fn new(module: &Module, ran: &HashSet<FunctionId>) -> Result<Plan> {
        let exported = module
            .exports
            .iter()
            .filter_map(|export| match export.item {
                ExportItem::Function(function) => Some(function),
                _ => None,
            });
        let kept: HashSet<_> = exported.collect();
        let moved = |id: &FunctionId| !ran.contains(id) && !kept.contains(id);
        let moved: HashSet<_> = defined(module).into_iter().filter(moved).collect();
        let (mut by_first, mut by_rest) = (Named::default(), Named::default());
        for (id, function) in module.funcs.iter_local() {
            let names = if moved.contains(&id) {
                &mut by_rest
            } else {
                &mut by_first
            };
            dfs_in_order(names, function, function.entry_block());
        }
        for element in module.elements.iter() {
            if let ElementItems::Functions(functions) = &element.items {
                by_first.0.extend(functions);
            }
        }
        let places = |wanted: &dyn Fn(&FunctionId) -> bool| {
            let all = module.funcs.iter().enumerate();
            let chosen = all.filter(|(_, function)| wanted(&function.id()));
            chosen.map(|(place, _)| place).collect()
        };
        Ok(Plan {
            slots: places(&|id| moved.contains(id) && by_first.0.contains(id)),
            shared: places(&|id| !moved.contains(id) && by_rest.0.contains(id)),
            base: module.tables.get(function_table(module)?).initial,
        })
    }

    /// Makes room for the slots.
    fn widen(&self, module: &mut Module) -> Result<()> {
        let table = function_table(module)?;
        let table = module.tables.get_mut(table);
        let slots = self.slots.len() as u64;
        table.initial += slots;
        table.maximum = table.maximum.map(|most| most + slots);
        Ok(())
    }
}

fn function_table(module: &Module) -> Result<TableId> {
    let table = module.tables.main_function_table()?;
    table.context("the module has no table of functions")
}

fn at(module: &Module, places: &[usize]) -> Vec<FunctionId> {
    let all: Vec<_> = module.funcs.iter().map(|function| function.id()).collect();
    places.iter().map(|place| all[*place]).collect()
}

fn tables(module: &Module) -> Vec<TableId> {
    module.tables.iter().map(|table| table.id()).collect()
}

fn globals(module: &Module) -> Vec<GlobalId> {
    module.globals.iter().map(|global| global.id()).collect()
}

/// The whole with all that the first module keeps taken from it as imports.
fn rest(mut module: Module, plan: &Plan) -> Result<Vec<u8>> {
    let slots = at(&module, &plan.slots);
    let shared = at(&module, &plan.shared);
    let exports: Vec<_> = module.exports.iter().map(|export| export.id()).collect();
    exports.into_iter().for_each(|id| module.exports.delete(id));
    let elements: Vec<_> = module.elements.iter().map(|element| element.id()).collect();
    elements
        .into_iter()
        .for_each(|id| module.elements.delete(id));
    let data: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    data.into_iter().for_each(|id| module.data.delete(id));
    module.start = None;

    for (number, id) in shared.into_iter().enumerate() {
        let name = number.to_string();
        let function = module.funcs.get(id);
        if let FunctionKind::Import(import) = &function.kind {
            let import = module.imports.get_mut(import.import);
            (import.module, import.name) = (FIRST.to_owned(), name);
        } else {
            let ty = function.ty();
            let import = module.imports.add(FIRST, &name, id);
            module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }
    let memory = module.get_memory_id()?;
    let import = module.imports.add(FIRST, "memory", memory);
    let memory = module.memories.get_mut(memory);
    memory.import = Some(import);
    memory.data_segments.clear();
    plan.widen(&mut module)?;
    for (number, id) in tables(&module).into_iter().enumerate() {
        let import = module.imports.add(FIRST, &format!("t{number}"), id);
        let table = module.tables.get_mut(id);
        table.import = Some(import);
        table.elem_segments.clear();
    }
    for (number, id) in globals(&module).into_iter().enumerate() {
        let import = module.imports.add(FIRST, &format!("g{number}"), id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    let table = function_table(&module)?;
    let place = ElementKind::Active {
        table,
        offset: ConstExpr::Value(ir::Value::I32(i32::try_from(plan.base)?)),
    };
    let filled = module.elements.add(place, ElementItems::Functions(slots));
    module.tables.get_mut(table).elem_segments.insert(filled);
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// The whole with stubs in place of the rest's functions, and with exports for them.
fn make_first(module: &mut Module, plan: &Plan) -> Result<()> {
    let Some(need) = module.imports.iter().find(|i| i.name.contains("_need_")) else {
        bail!("the page does not import `need` of web/src/rest.rs");
    };
    let walrus::ImportKind::Function(need) = need.kind else {
        bail!("`need` is no function");
    };
    let shared = at(module, &plan.shared);
    let (tables, globals) = (tables(module), globals(module));
    let zero = ConstExpr::Value(ir::Value::I32(0));
    let there = module.globals.add_local(ValType::I32, true, false, zero);
    let table = function_table(module)?;
    for (slot, id) in (plan.base..).zip(at(module, &plan.slots)) {
        let ty = module.funcs.get(id).ty();
        let (parameters, results) = module.types.params_results(ty);
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let mut add = |ty: &ValType| module.locals.add(*ty);
        let arguments: Vec<_> = parameters.iter().map(&mut add).collect();
        let mut stub = FunctionBuilder::new(&mut module.types, &parameters, &results);
        let mut body = stub.func_body();
        body.global_get(there).unop(UnaryOp::I32Eqz).if_else(
            None,
            |absent| {
                absent.call(need);
            },
            |_| {},
        );
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const(i32::try_from(slot)?)
            .call_indirect(ty, table);
        module.funcs.get_mut(id).kind = FunctionKind::Local(stub.local_func(arguments));
    }
    plan.widen(module)?;
    for (number, id) in shared.into_iter().enumerate() {
        module.exports.add(&number.to_string(), id);
    }
    for (number, id) in tables.into_iter().enumerate() {
        module.exports.add(&format!("t{number}"), id);
    }
    for (number, id) in globals.into_iter().enumerate() {
        module.exports.add(&format!("g{number}"), id);
    }
    module.exports.add(THERE, there);
    walrus::passes::gc::run(module);
    Ok(())
}
