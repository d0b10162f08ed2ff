// SPDX-License-Identifier: BSD-3-Clause
// A table's cells, for CSV files and for the page.
import { numbers } from '../decode';
import { Cell } from '../format';
import { Column, Table } from '../model';

export function cells(column: Column): ArrayLike<Cell> {
  return column.numeric ? numbers(column.cells as any) : column.cells as string[];
}

export function tableRows(table: Table): Cell[][] {
  const columns = table.columns.map(cells);
  const rows: Cell[][] = [table.columns.map(function (c) { return c.unit ? c.name + ' (' + c.unit + ')' : c.name; })];
  for (let i = 0; i < table.rows; ++i) rows.push(columns.map(function (c) { return c[i]; }));
  return rows;
}
