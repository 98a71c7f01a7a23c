// A board as a value of Grafana's own type: a wrong type, a word that is none of a list, or a misspelt field is
// an error of the compiler.
import type { Dashboard, Panel, RowPanel } from '@grafana/schema';

// JSON has no enums: each stands for the words of its members.
type Json<T> = T extends string
  ? string extends T ? string : `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? Json<Item>[]
  : T extends Record<string, unknown> ? string extends keyof T ? T : { [Key in keyof T]: Json<T[Key]> }
  : T extends object ? { [Key in keyof T]: Json<T[Key]> }
  : T;

// Read by Grafana without being in the schema: of a mark of Prometheus; of a variable of the kind interval, which
// the SDK gives to all. `placement` came with 12.3: older ones pass it over.
type Placed = { placement?: 'inControlsMenu' };
type Mark = Json<NonNullable<NonNullable<Dashboard['annotations']>['list']>[number]> & Placed & {
  expr?: string; step?: string; tagKeys?: string; titleFormat?: string;
};
type Variable = Json<NonNullable<NonNullable<Dashboard['templating']>['list']>[number]> & {
  auto?: boolean; auto_min?: string; auto_count?: number;
};
type Link = Json<NonNullable<Dashboard['links']>[number]> & Placed;
type Linked = Omit<Json<Panel>, 'links'> & { links?: Link[] };
export type Board = Omit<Json<Dashboard>, 'panels' | 'annotations' | 'templating' | 'links'> & {
  panels: (Linked | (Omit<Json<RowPanel>, 'panels'> & { panels: Linked[] }))[];
  annotations: { list: Mark[] };
  templating: { list: Variable[] };
  links: Link[];
};
