/** Part of `sync`: which sub-command. */
export const mainPart = `case $#:\${1-} in
  2:base) base "$2" ;;
  5:apply) check_name "$2" && apply "$2" "$3" "$4" "$5" ;;
  3:remove) check_name "$2" && remove "$2" "$3" ;;
  1:start) start ;;
  1:stop) stop ;;
  1:state) state ;;
  1:preflight | 0:*) fail 2 "usage: sync base|apply|remove|start|stop|state|preflight" ;;
  *:preflight) shift && preflight "$@" ;;
  *) fail 2 "usage: sync base|apply|remove|start|stop|state|preflight" ;;
esac
`;
