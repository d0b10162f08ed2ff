ptf ~
BEGIN GRIDDATA
  ICELLTYPE
    CONSTANT 1
  K
    CONSTANT ~          k          ~
END GRIDDATA
