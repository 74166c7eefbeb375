// The catalogue read by the server from articles.csv. For an empty graph; every column is filled in there, as in the competition's file.
// database: graph
// parameters: url STRING
// returns: nothing
// servers: >= 4.4
// transaction: auto-commit
LOAD CSV WITH HEADERS FROM $url AS row
CALL {
  WITH row
  MERGE (p:Product {code: row.article_id})
  SET p.name = row.prod_name, p.product_code = row.product_code, p.description = row.detail_desc
  MERGE (type:ProductType {number: toInteger(row.product_type_no)}) SET type.name = row.product_type_name
  MERGE (product_group:ProductGroup {name: row.product_group_name})
  MERGE (department:Department {number: toInteger(row.department_no)}) SET department.name = row.department_name
  MERGE (section:Section {number: toInteger(row.section_no)}) SET section.name = row.section_name
  MERGE (index:Index {code: row.index_code}) SET index.name = row.index_name
  MERGE (index_group:IndexGroup {number: toInteger(row.index_group_no)}) SET index_group.name = row.index_group_name
  MERGE (garment:GarmentGroup {number: toInteger(row.garment_group_no)}) SET garment.name = row.garment_group_name
  MERGE (look:GraphicalAppearance {number: toInteger(row.graphical_appearance_no)}) SET look.name = row.graphical_appearance_name
  MERGE (colour:ColourGroup {code: toInteger(row.colour_group_code)}) SET colour.name = row.colour_group_name
  MERGE (value:PerceivedColourValue {id: toInteger(row.perceived_colour_value_id)}) SET value.name = row.perceived_colour_value_name
  MERGE (master:PerceivedColourMaster {id: toInteger(row.perceived_colour_master_id)}) SET master.name = row.perceived_colour_master_name
  MERGE (p)-[:SUBSET_OF]->(type)
  MERGE (type)-[:SUBSET_OF]->(product_group)
  MERGE (p)-[:FROM_DEPARTMENT]->(department)
  MERGE (department)-[:FROM_SECTION]->(section)
  MERGE (p)-[:HAS_INDEX]->(index)
  MERGE (index)-[:HAS_GROUP]->(index_group)
  MERGE (p)-[:HAS_GARMENT_GROUP]->(garment)
  MERGE (p)-[:HAS_APPEARANCE_TYPE]->(look)
  MERGE (p)-[:HAS_COLOUR]->(colour)
  MERGE (p)-[:HAS_COLOUR_VALUE]->(value)
  MERGE (p)-[:HAS_MASTER_COLOUR]->(master)
} IN TRANSACTIONS OF 1000 ROWS
