// The catalogue: products and all that they belong to. Names of a row are those of articles.csv, numbers are INTEGER; what is null is left out.
// catalogue is the number of the load that had the product last. A product's former edges go, so that a corrected catalogue replaces what an older one said.
// database: graph
// parameters: rows LIST<MAP>, load INTEGER
// returns: nothing
// servers: >= 4.4
UNWIND $rows AS row
MERGE (p:Product {code: row.article_id})
SET p.name = row.prod_name, p.product_code = row.product_code, p.description = row.detail_desc, p.catalogue = $load
WITH row, p
OPTIONAL MATCH (p)-[old:SUBSET_OF|FROM_DEPARTMENT|HAS_INDEX|HAS_GARMENT_GROUP|HAS_APPEARANCE_TYPE|HAS_COLOUR|HAS_COLOUR_VALUE|HAS_MASTER_COLOUR]->()
WITH row, p, collect(old) AS former
FOREACH (edge IN former | DELETE edge)
FOREACH (number IN CASE WHEN row.product_type_no IS NULL THEN [] ELSE [row.product_type_no] END |
  MERGE (n:ProductType {number: number}) SET n.name = row.product_type_name
  MERGE (p)-[:SUBSET_OF]->(n)
  FOREACH (name IN CASE WHEN row.product_group_name IS NULL THEN [] ELSE [row.product_group_name] END |
    MERGE (g:ProductGroup {name: name})
    MERGE (n)-[:SUBSET_OF]->(g)))
FOREACH (number IN CASE WHEN row.department_no IS NULL THEN [] ELSE [row.department_no] END |
  MERGE (n:Department {number: number}) SET n.name = row.department_name
  MERGE (p)-[:FROM_DEPARTMENT]->(n)
  FOREACH (section IN CASE WHEN row.section_no IS NULL THEN [] ELSE [row.section_no] END |
    MERGE (s:Section {number: section}) SET s.name = row.section_name
    MERGE (n)-[:FROM_SECTION]->(s)))
FOREACH (code IN CASE WHEN row.index_code IS NULL THEN [] ELSE [row.index_code] END |
  MERGE (n:Index {code: code}) SET n.name = row.index_name
  MERGE (p)-[:HAS_INDEX]->(n)
  FOREACH (number IN CASE WHEN row.index_group_no IS NULL THEN [] ELSE [row.index_group_no] END |
    MERGE (g:IndexGroup {number: number}) SET g.name = row.index_group_name
    MERGE (n)-[:HAS_GROUP]->(g)))
FOREACH (number IN CASE WHEN row.garment_group_no IS NULL THEN [] ELSE [row.garment_group_no] END |
  MERGE (n:GarmentGroup {number: number}) SET n.name = row.garment_group_name
  MERGE (p)-[:HAS_GARMENT_GROUP]->(n))
FOREACH (number IN CASE WHEN row.graphical_appearance_no IS NULL THEN [] ELSE [row.graphical_appearance_no] END |
  MERGE (n:GraphicalAppearance {number: number}) SET n.name = row.graphical_appearance_name
  MERGE (p)-[:HAS_APPEARANCE_TYPE]->(n))
FOREACH (code IN CASE WHEN row.colour_group_code IS NULL THEN [] ELSE [row.colour_group_code] END |
  MERGE (n:ColourGroup {code: code}) SET n.name = row.colour_group_name
  MERGE (p)-[:HAS_COLOUR]->(n))
FOREACH (id IN CASE WHEN row.perceived_colour_value_id IS NULL THEN [] ELSE [row.perceived_colour_value_id] END |
  MERGE (n:PerceivedColourValue {id: id}) SET n.name = row.perceived_colour_value_name
  MERGE (p)-[:HAS_COLOUR_VALUE]->(n))
FOREACH (id IN CASE WHEN row.perceived_colour_master_id IS NULL THEN [] ELSE [row.perceived_colour_master_id] END |
  MERGE (n:PerceivedColourMaster {id: id}) SET n.name = row.perceived_colour_master_name
  MERGE (p)-[:HAS_MASTER_COLOUR]->(n))
