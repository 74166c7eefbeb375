hm_check(cypher scripts)
hm_check(cypher split)
hm_check_live(cypher scripts_live LINK hm_bolt)
